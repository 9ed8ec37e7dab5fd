#!lua flags=allow-oom
-- Says how many streams a replica has on some channels.
--
-- KEYS  1 the replica's channels
-- ARGV  1 milliseconds that it is believed   2 '1' to forget all that was said before   3… channel and number, in turn

if ARGV[2] == '1' then redis.call('DEL', KEYS[1]) end
for i = 3, #ARGV, 2 do
  if ARGV[i + 1] == '0' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
