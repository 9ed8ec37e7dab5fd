#!lua flags=no-writes
-- One page of the log and both of its ends, in one step, so that no trim comes between them. A script and not a
-- transaction, since a full Redis refuses to queue any command of a transaction, even one that only reads.
--
-- KEYS  1 the log
-- ARGV  1 the id to read from, itself included   2 most entries
-- Returns  {page, {oldest entry}, {newest entry}}
return {
  redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2]),
  redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1),
  redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1),
}
