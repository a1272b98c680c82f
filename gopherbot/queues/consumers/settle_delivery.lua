-- Settles messages that this worker has in flight.
-- KEYS  the set of ids in flight, the queue's hash of messages, the queue's list of ids, the sorted
--       set of the dead letters' ids, the hash of the dead letters
-- ARGV  "ack" (done), "reject" (to the dead letters) or "requeue" (back to the queue), then the ids
-- Skips an id that is not in flight: it was already settled.
-- The first write frees memory, so a full Redis does not refuse the script.
local outcome = ARGV[1]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 2, #ARGV do
    local id = ARGV[i]
    if redis.call("SREM", KEYS[1], id) == 1 then
        if outcome == "ack" then
            redis.call("HDEL", KEYS[2], id)
        elseif outcome == "requeue" then
            if redis.call("HEXISTS", KEYS[2], id) == 1 then redis.call("RPUSH", KEYS[3], id) end
        else
            local message = redis.call("HGET", KEYS[2], id)
            if message then
                redis.call("ZADD", KEYS[4], now, id)
                redis.call("HSET", KEYS[5], id, message)
                redis.call("HDEL", KEYS[2], id)
            end
        end
    end
end
