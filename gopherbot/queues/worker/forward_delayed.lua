-- Moves due messages from the delayed queue to their own queue.
-- KEYS  the set of delayed ids in flight, the hash of delayed messages, the queue's hash of
--       messages, the queue's list of ids
-- ARGV  the ids
-- Skips an id that is not in flight: it was already moved.
-- The first write frees memory, so a full Redis does not refuse the script.
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
