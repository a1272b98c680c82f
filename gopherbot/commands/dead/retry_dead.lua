-- Puts a dead letter back into its queue under a new id, or not at all.
-- KEYS  the dead letters' sorted set and hash, the queue's hash of messages and list of ids
-- ARGV  the dead letter's id, the new id, the message
-- Returns 1 if it existed.
if redis.call("HDEL", KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call("ZREM", KEYS[1], ARGV[1])
redis.call("HSET", KEYS[3], ARGV[2], ARGV[3])
redis.call("RPUSH", KEYS[4], ARGV[2])
return 1
