#!lua
-- One atomic step: takes of all rates and of all places, or of none, and then says which was used up.
--
-- A rate is one number, the time at which all that was taken is paid off (the generic cell rate algorithm as virtual
-- scheduling, ITU-T I.371, A), with one second's worth as its tolerance. Places are a hash: how many each replica holds.
-- What a replica holds counts while its lease lives, so the places of one that died are free once that has run out.
--
-- KEYS  the rates, then the places
-- ARGV  1 how many of them are rates      2 what to take of each rate     3 this replica
--       4 what the keys of leases begin with, before the replica          5 milliseconds that a place is kept at most
--       6… of each rate, what passes in a second; of each place, its limit and how many this replica then holds
-- Returns  {} where all was taken, else {index of the key, milliseconds to wait}

local rates, cost, me, leases = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local TOLERANCE = 1000000

for i = rates + 1, #KEYS do
  local argument = 6 + rates + 2 * (i - rates - 1)
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

local due = {}
for i = 1, rates do
  local paid = math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now)
  due[i] = math.floor(paid + cost * 1000000 / tonumber(ARGV[5 + i]) + 0.5)
  local wait = due[i] - now - TOLERANCE
  if wait > 0 then return { i, math.ceil(wait / 1000) } end
end

for i = 1, rates do
  redis.call('SET', KEYS[i], string.format('%.0f', due[i]), 'PX', math.max(1, math.ceil((due[i] - now) / 1000)))
end
for i = rates + 1, #KEYS do
  redis.call('HSET', KEYS[i], me, ARGV[6 + rates + 2 * (i - rates - 1) + 1])
  redis.call('PEXPIRE', KEYS[i], ARGV[5])
end
return {}
