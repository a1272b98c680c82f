-- Enqueues a message for an actor, if the sender is the leader. In a queue that is too long, the
-- message replaces the job's previous one: one per job is enough while no worker runs.
-- KEYS  the leader's key, the queue's hash of messages, the queue's list
-- ARGV  the sender's id, the message's id, the message, the id of the previous message ("" for
--       none), the maximum length of the queue
-- Returns 1 if it was sent, else 0.
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
local too_long = ARGV[4] ~= "" and redis.call("LLEN", KEYS[3]) > tonumber(ARGV[5])
if too_long and redis.call("LREM", KEYS[3], 1, ARGV[4]) == 1 then
    redis.call("HDEL", KEYS[2], ARGV[4])
end
redis.call("HSET", KEYS[2], ARGV[2], ARGV[3])
redis.call("RPUSH", KEYS[3], ARGV[2])
return 1
