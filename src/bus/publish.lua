-- One atomic step over the log: publish messages, or only look at its end. Whoever loads it puts rates.lua before it, and
-- the `#!lua` line: without flags a full Redis refuses a publish whole; with `allow-oom` the look (which adds no message)
-- always works.
--
-- The log is a linked list in a stream. A message's entry holds, in this order,
--   p  the id of the entry before it     b  the bytes of all messages before it, since the log began
--   c  the channels, separated by tabs   d  the SSE block without its id line
--   o  its origin, where one is known
-- and a break, which says that messages may have been lost before it, holds p and b alone.
--
-- KEYS  1 the log   2 which Redis wrote it last
--       3 (optional) the idempotency key; with a fence: 3 the lease   4 the hash of what its holder has done
--       last the rates that the messages are taken of, one unit each
-- ARGV  1 pub/sub channel      2 most entries    3 most bytes       4 '1' where Redis is durable
--       5 a random number for a break's id       6 'publish' or 'look'
--       7 digest of the request (with a key)     8 milliseconds that the key is remembered
--       9 the newest id that the caller knows   10 the origin of the messages, or ''
--       11 by when to publish, in milliseconds of this Redis's clock, or 0: a command that was held up for longer than its key
--          is remembered would else add again what its publisher has repeated since
--       12 the fence: the token of the lease that the caller holds, or ''    13 what its holder has done with this publish
--       14 how many rates there are             15… what passes in a second, of each rate
--       behind them channels and block of each message, in turn
-- Returns  {'published', id, …}   {'tip', id, prev, entries in the log, their bytes, oldest id}
--          with a key, either way: {'repeated', id, …}   {'conflict'}   after its time: {'late'}
--          {'exceeded', which rate is used up, milliseconds to wait}
--          with a fence, where another has the lease, or nobody, or this Redis is another one: {'stale'}
--          A look's last element is the time by this Redis's clock, in milliseconds.

local log, run = KEYS[1], KEYS[2]
local channel, most_entries, most_bytes = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local publishing = ARGV[6] == 'publish'
local origin = ARGV[10]
local fenced = ARGV[12] ~= ''
local rates, per_second = {}, {}
for i = 1, tonumber(ARGV[14]) do
  rates[i], per_second[i] = KEYS[#KEYS - ARGV[14] + i], ARGV[14 + i]
end
local key = not fenced and #KEYS - #rates > 2 and KEYS[3]
local FIRST = 15 + #rates
local count = (#ARGV - FIRST + 1) / 2
local OVERHEAD = 64

if key then
  local known = redis.call('GET', key)
  if known then
    local words = {}
    for word in string.gmatch(known, '%S+') do words[#words + 1] = word end
    if words[1] ~= ARGV[7] then return { 'conflict' } end
    words[1] = 'repeated'
    return words
  end
end

local exactly = microseconds()
local now = math.floor(exactly / 1000)
if publishing and tonumber(ARGV[11]) > 0 and now > tonumber(ARGV[11]) then return { 'late' } end

-- Another process, or the same one after others have been the master: both may lack what was acknowledged meanwhile.
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  .. ' ' .. string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')

-- Whoever held the lease once may be frozen, or its command held up, for as long as it likes: what it sends then adds
-- nothing. A Redis that was restored may know the token and have forgotten what was done under it.
if fenced and (redis.call('GET', KEYS[3]) ~= ARGV[12] or redis.call('HGET', KEYS[4], 'server') ~= server) then
  return { 'stale' }
end

-- What is not added costs nothing: what was known is answered above.
local due, exceeded, wait = due_of(rates, per_second, count, exactly)
if publishing and not due then return { 'exceeded', exceeded, wait } end

-- A frame is only a hint. Where it may not be sent, replicas read the log, and the step is as whole as before.
local function tell(frame) redis.pcall('PUBLISH', channel, frame) end

local function number(value) return string.format('%.0f', value) end
local function size(channels, body, from) return OVERHEAD + #channels + #body + #(from or '') end

-- The end of the log: id of its newest entry, and the bytes up to and with it.
local tip, tip_prev, total = '0-0', '0-0', 0
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
if newest then
  local fields = newest[2]
  tip, tip_prev, total = newest[1], fields[2], tonumber(fields[4])
  if fields[8] then total = total + size(fields[6], fields[8], fields[10]) end
end

-- A link reveals only losses that somebody has seen: a restarted Redis may have forgotten messages that were
-- acknowledged to publishers and delivered to nobody here. So another run, or no log, begins with a break (R6).
local function milliseconds(id) return tonumber(string.match(id, '^%d+')) end
local function add_break()
  local time = math.max(now, milliseconds(tip) + 1)
  -- With a clock that went back, ids would come again that clients hold as cursors. The caller may know less than others
  -- do, by as much as a repair takes (R4) and some.
  if milliseconds(ARGV[9]) >= time then time = milliseconds(ARGV[9]) + 10000 end
  -- Random, since an id could recur where a log is deleted and filled again within a millisecond.
  local id = redis.call('XADD', log, number(time) .. '-' .. ARGV[5], 'p', tip, 'b', number(total))
  tell('2\tbreak\t' .. id .. '\t' .. tip .. '\n')
  tip, tip_prev = id, tip
end

local known_server = redis.call('GET', run)
if not newest or (known_server ~= server and ARGV[4] ~= '1') then add_break() end
if known_server ~= server then redis.call('SET', run, server) end

-- Room first, so that memory cannot run full of history (R5). The newest entry stays: it is the position.
local added = 0
for i = FIRST, #ARGV, 2 do added = added + size(ARGV[i], ARGV[i + 1], origin) end
redis.call('XTRIM', log, 'MAXLEN', '=', math.max(most_entries - count, 1))
local step, first = 1, nil
while true do
  local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', step)
  local gone = {}
  for _, entry in ipairs(oldest) do
    if entry[1] == tip or total + added - tonumber(entry[2][4]) <= most_bytes then break end
    gone[#gone + 1] = entry[1]
  end
  if #gone > 0 then redis.call('XDEL', log, unpack(gone)) end
  first = oldest[#gone + 1]
  if first then break end
  step = 100
end

if not publishing then
  return { 'tip', tip, tip_prev, redis.call('XLEN', log), number(total - tonumber(first[2][4])), first[1], number(now) }
end

take(rates, due, exactly)
local result = { 'published' }
for i = FIRST, #ARGV, 2 do
  local channels, body = ARGV[i], ARGV[i + 1]
  local fields = { 'p', tip, 'b', number(total), 'c', channels, 'd', body }
  if origin ~= '' then fields[9], fields[10] = 'o', origin end
  local id = redis.call('XADD', log, '*', unpack(fields))
  local head = table.concat({ '2', 'message', id, tip, origin, channels }, '\t')
  tell(head .. '\n' .. body)
  tip, total = id, total + size(channels, body, origin)
  result[#result + 1] = id
end
if fenced then redis.call('HSET', KEYS[4], 'taken', ARGV[13]) end
if key then
  redis.call('SET', key, ARGV[7] .. ' ' .. table.concat(result, ' ', 2), 'PX', ARGV[8])
end
return result
