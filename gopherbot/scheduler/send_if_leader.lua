-- Enqueues a message for an actor, if the sender is the leader.
-- KEYS  the leader's key, the queue's hash of messages, the queue's list
-- ARGV  the sender's id, the message's id, the message
-- Returns 1 if it was sent, else 0.
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
redis.call("HSET", KEYS[2], ARGV[2], ARGV[3])
redis.call("RPUSH", KEYS[3], ARGV[2])
return 1
