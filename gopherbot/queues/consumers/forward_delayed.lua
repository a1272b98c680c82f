-- Moves delayed messages whose time has come to the queue that they are for.
-- KEYS  the set of delayed ids in flight, the hash of delayed messages, the queue's hash of messages,
--       the queue's list of ids
-- ARGV  the ids
-- An id that is not in flight is passed over: it was moved before.
-- Begins with a write that frees memory: so Redis does not refuse it when it is full.
for _, id in ipairs(ARGV) do
    if redis.call("SREM", KEYS[1], id) == 1 then
        local message = redis.call("HGET", KEYS[2], id)
        if message then
            redis.call("HDEL", KEYS[2], id)
            redis.call("HSET", KEYS[3], id, message)
            redis.call("RPUSH", KEYS[4], id)
        end
    end
end
