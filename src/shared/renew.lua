#!lua flags=allow-oom
-- Renews this replica's lease, which says what it is, and tells who has been kicked.
--
-- KEYS  1 the lease   2 the kicks: subjects in the order of their last kicks   3 the time of each, in milliseconds
--       4 the replicas' names of leases
-- ARGV  1 milliseconds of the lease   2 milliseconds that a kick is remembered   3 behind which the caller wants kicks
--       4 this replica   5 what it says of itself
-- Returns  {1 where the lease was still there, else 0, the newest in the order, subject, time, …}; all kicks where the
--          lease was not, or the order has begun anew

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local was = redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[1], 'GET')
redis.call('SADD', KEYS[4], ARGV[4])

-- No token is older. In the order are times, mostly, and later ones where the clock was once ahead.
local before = now - tonumber(ARGV[2])
for _, subject in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', before)) do
  redis.call('HDEL', KEYS[3], subject)
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', before)

local newest = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2] or '0'
local known = was and tonumber(ARGV[3]) <= tonumber(newest)
local kicks = redis.call('ZRANGEBYSCORE', KEYS[2], known and '(' .. ARGV[3] or '-inf', '+inf', 'WITHSCORES')
local told = { was and 1 or 0, newest }
for i = 1, #kicks, 2 do
  table.insert(told, kicks[i])
  -- Before times were kept beside it, the order was the time.
  table.insert(told, redis.call('HGET', KEYS[3], kicks[i]) or kicks[i + 1])
end
return told
