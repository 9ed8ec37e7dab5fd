#!lua flags=no-writes
-- One page of the log and both of its ends, in one step, so that no trim comes between them. A script and not a
-- transaction, since a full Redis refuses to queue any command of a transaction, even one that only reads.
--
-- A page is bounded by bytes too: a thousand messages of 64 KiB would take Redis, the network and the reader longer than
-- a command may take, and then no page would ever come.
--
-- KEYS  1 the log
-- ARGV  1 the id to read from, itself included   2 most entries   3 'on' or 'back': towards the newest or the oldest
-- Returns  {page, {oldest entry}, {newest entry}}
local most_entries, most_bytes, step = tonumber(ARGV[2]), 1048576, 20
local command, last = 'XRANGE', '+'
if ARGV[3] == 'back' then command, last = 'XREVRANGE', '-' end

local page, bytes, from = {}, 0, ARGV[1]
repeat
  local count = math.min(step, most_entries - #page)
  local entries = redis.call(command, KEYS[1], from, last, 'COUNT', count)
  for _, entry in ipairs(entries) do
    page[#page + 1] = entry
    bytes = bytes + #(entry[2][8] or '')
    from = '(' .. entry[1]
  end
until #entries < count or #page == most_entries or bytes >= most_bytes

return {
  page,
  redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1),
  redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1),
}
