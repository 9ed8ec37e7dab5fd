#!lua flags=allow-oom
-- One atomic step over the lease of the intake: who of the replicas takes the messages of Flask apps into the log.
--
-- The lease is a key that runs out, and holds its token: a number that grows with every holder, behind the epoch, which no
-- two tokens share. The state beside it outlives its holders:
--   server  which Redis wrote it; another one, or a restarted one, may have forgotten what was done: a new epoch
--   epoch   mark  fence   the numbering's name, which begins with the time, its last mark, the last token's number
--   taken   up to where messages are in the log; `publish.lua` writes it too
--   holder  the replica that has the lease        yields  '1' where it waits for another to take it over
-- Every step that changes who holds it, and every renewal, publishes a mark. Whoever subscribes to the marks over the same
-- connection as to the messages sees it at the same place among them as everybody else.
--
-- KEYS  1 the lease   2 the state
-- ARGV  1 'acquire', 'renew' or 'release'         2 pub/sub channel of the marks   3 this replica
--       4 milliseconds of the lease               5 a random word for the name of a new epoch
--       6 acquire: '1' to take over from who yields; renew: '1' to yield
--       7 the token                               8 up to where the caller has taken messages (7, 8: renew, release)
-- Returns  {'held', epoch, mark, taken, token} where the caller has it now; what it held is 'lost', another has it: 'others'

local lease, state = KEYS[1], KEYS[2]
local act, channel, me, flag = ARGV[1], ARGV[2], ARGV[3], ARGV[6]

local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  .. ' ' .. string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if redis.call('HGET', state, 'server') ~= server then
  local clock = redis.call('TIME')
  local epoch = string.format('%015.0f-%s', tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000), ARGV[5])
  redis.call('DEL', lease, state)
  redis.call('HSET', state, 'server', server, 'epoch', epoch, 'mark', 0, 'fence', 0, 'taken', '', 'holder', '', 'yields', '')
end
local function get(field) return redis.call('HGET', state, field) end

local token = redis.call('GET', lease)
local function answer(word)
  return { word, get('epoch'), tonumber(get('mark')), get('taken'), token or '' }
end
local function tell(free)
  local mark = redis.call('HINCRBY', state, 'mark', 1)
  redis.call('PUBLISH', channel, table.concat({ get('epoch'), mark, free, get('taken') }, '\t'))
end

if act == 'acquire' then
  -- Who asks although it has the lease does not know what came of what it has sent: the old token is worth nothing now.
  if token and get('holder') ~= me and not (flag == '1' and get('yields') == '1') then return answer('others') end
  token = get('epoch') .. ':' .. redis.call('HINCRBY', state, 'fence', 1)
  redis.call('SET', lease, token, 'PX', ARGV[4])
  redis.call('HSET', state, 'holder', me, 'yields', '')
  tell('held')
  return answer('held')
end

if token ~= ARGV[7] then return answer('lost') end
redis.call('HSET', state, 'taken', ARGV[8])
if act == 'renew' then
  redis.call('PEXPIRE', lease, ARGV[4])
  redis.call('HSET', state, 'yields', flag)
  tell(flag == '1' and 'free' or 'held')
  return answer('held')
end
redis.call('DEL', lease)
tell('free')
token = false
return answer('lost')
