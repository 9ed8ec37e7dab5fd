-- Rates by the generic cell rate algorithm as virtual scheduling (ITU-T I.371, A), for the scripts that this is put
-- before. A rate is one number, the time in microseconds at which all that was taken is paid off, with one second's worth as
-- its tolerance.

local TOLERANCE = 1000000

local function microseconds()
  local clock = redis.call('TIME')
  return tonumber(clock[1]) * 1000000 + tonumber(clock[2])
end

-- When `cost` more of each rate would be paid off; or nothing, the index of one that is used up, and milliseconds to wait.
local function due_of(keys, per_second, cost, now)
  local due = {}
  for i, key in ipairs(keys) do
    local paid = tonumber(redis.call('GET', key) or 0)
    if paid > now + TOLERANCE then
      -- Nobody can take so much: the clock was set back. Kept as it is, it would refuse until the clock is there again.
      paid = now + TOLERANCE
      redis.call('SET', key, string.format('%.0f', paid), 'PX', TOLERANCE / 1000)
    end
    due[i] = math.floor(math.max(paid, now) + cost * 1000000 / tonumber(per_second[i]) + 0.5)
    local wait = due[i] - now - TOLERANCE
    if wait > 0 then return nil, i, math.ceil(wait / 1000) end
  end
  return due
end

local function take(keys, due, now)
  for i, key in ipairs(keys) do
    redis.call('SET', key, string.format('%.0f', due[i]), 'PX', math.max(1, math.ceil((due[i] - now) / 1000)))
  end
end
