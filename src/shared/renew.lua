#!lua flags=allow-oom
-- Renews this replica's lease, which says what it is, and tells who has been kicked.
--
-- KEYS  1 the lease   2 the kicks: subjects by the time of their last kick, in milliseconds   3 the replicas' names of leases
-- ARGV  1 milliseconds of the lease   2 milliseconds that a kick is remembered   3 from when on the caller wants kicks
--       4 this replica   5 what it says of itself
-- Returns  {1 where the lease was still there, else 0, subject, time, …}; all kicks where it was not

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local was = redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[1], 'GET')
redis.call('SADD', KEYS[3], ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[2]))
local kicks = redis.call('ZRANGEBYSCORE', KEYS[2], was and ARGV[3] or '-inf', '+inf', 'WITHSCORES')
table.insert(kicks, 1, was and 1 or 0)
return kicks
