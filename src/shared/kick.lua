#!lua flags=allow-oom
-- Whoever fills Redis can be kicked all the same.
-- Remembers that a subject was kicked: now, and never before an earlier kick, so that who asks for those from a time on
-- misses none where the clock was set back.
--
-- KEYS  1 the kicks
-- ARGV  1 the subject
-- Returns  the time, in milliseconds

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
local at = string.format('%.0f', math.max(now, tonumber(newest or 0)))
redis.call('ZADD', KEYS[1], at, ARGV[1])
return at
