#!lua flags=allow-oom
-- Whoever fills Redis can be kicked all the same.
-- Remembers when subjects were kicked, and in which order. The order is what replicas ask by for those that they do not
-- know: whatever the clock says, who is kicked now comes behind all that are there. The time is what tokens are compared
-- with: it is each kick's own, so that one that was made while the clock was ahead puts out nobody else.
--
-- KEYS  1 the kicks: subjects in the order of their last kicks   2 the time of each, in milliseconds
-- ARGV  subject and time, in turn; an empty time is now
-- Returns  the time of the last

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local newest = tonumber(redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or 0)
local at = 0
for i = 1, #ARGV, 2 do
  local known = tonumber(redis.call('HGET', KEYS[2], ARGV[i]) or 0)
  at = tonumber(ARGV[i + 1]) or now
  if at > known then
    newest = math.max(now, newest + 1)
    redis.call('ZADD', KEYS[1], string.format('%.0f', newest), ARGV[i])
    redis.call('HSET', KEYS[2], ARGV[i], string.format('%.0f', at))
  end
  at = math.max(at, known)
end
return string.format('%.0f', at)
