#!lua flags=allow-oom
-- Says how many places this replica holds now.
--
-- KEYS  the places
-- ARGV  1 this replica   2 milliseconds that a place is kept at most   3… how many of each

for i, key in ipairs(KEYS) do
  local held = ARGV[2 + i]
  if held == '0' then
    redis.call('HDEL', key, ARGV[1])
  else
    redis.call('HSET', key, ARGV[1], held)
    redis.call('PEXPIRE', key, ARGV[2])
  end
end
return #KEYS
