-- One atomic step: takes one of all rates and of all places, or of none, and then says which was used up. Whoever loads it
-- puts rates.lua before it, and the `#!lua` line.
--
-- Places are a hash: how many each replica holds. What a replica holds counts while its lease lives, so the places of one
-- that died are free once that has run out.
--
-- KEYS  the rates, then the places
-- ARGV  1 how many of them are rates      2 this replica
--       3 what the keys of leases begin with, before the replica          4 milliseconds that a place is kept at most
--       5… of each rate, what passes in a second; of each place, its limit and how many this replica then holds
-- Returns  {} where all was taken, else {index of the key, milliseconds to wait}

local rates, me, leases = tonumber(ARGV[1]), ARGV[2], ARGV[3]

for i = rates + 1, #KEYS do
  local argument = 5 + rates + 2 * (i - rates - 1)
  local limit, total = tonumber(ARGV[argument]), tonumber(ARGV[argument + 1])
  local held = redis.call('HGETALL', KEYS[i])
  for j = 1, #held, 2 do
    if held[j] ~= me then
      if redis.call('EXISTS', leases .. held[j]) == 1 then
        total = total + tonumber(held[j + 1])
      else
        redis.call('HDEL', KEYS[i], held[j])
      end
    end
  end
  if total > limit then return { i, 0 } end
end

local keys, per_second = {}, {}
for i = 1, rates do keys[i], per_second[i] = KEYS[i], ARGV[4 + i] end
local now = microseconds()
local due, over, wait = due_of(keys, per_second, 1, now)
if not due then return { over, wait } end
take(keys, due, now)
for i = rates + 1, #KEYS do
  redis.call('HSET', KEYS[i], me, ARGV[5 + rates + 2 * (i - rates - 1) + 1])
  redis.call('PEXPIRE', KEYS[i], ARGV[4])
end
return {}
