-- Settles messages that this worker has in flight.
-- KEYS  the set of ids in flight, the queue's hash of messages, the queue's list of ids, the sorted
--       set of the dead letters' ids, the hash of the dead letters, the set of ids that were begun
-- ARGV  "ack" (done), "reject" (to the dead letters), "requeue" (back to the queue) or "retry" (back
--       to the queue after an attempt, so it is no suspect any more), for dead letters the option
--       that says why (JSON, or ""), then the ids
-- Skips an id that is not in flight: it was already settled.
-- The first write frees memory, so a full Redis does not refuse the script.
local outcome, reason = ARGV[1], ARGV[2]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 3, #ARGV do
    local id = ARGV[i]
    if redis.call("SREM", KEYS[1], id) == 1 then
        redis.call("SREM", KEYS[6], id)
        if outcome == "ack" then
            redis.call("HDEL", KEYS[2], id)
        elseif outcome == "requeue" then
            redis.call("RPUSH", KEYS[3], id)
        else
            local message = redis.call("HGET", KEYS[2], id)
            -- The options come last, so the last match is theirs, not a member's.
            local head, options = string.match(message or "", '^(.*"options":{)(".*)$')
            if message and outcome == "retry" then
                if head then
                    options = string.gsub(options, '"takeovers":%d+,', "")
                    redis.call("HSET", KEYS[2], id, head .. options)
                end
                redis.call("RPUSH", KEYS[3], id)
            elseif message then
                if head then message = head .. reason .. options end
                redis.call("ZADD", KEYS[4], now, id)
                redis.call("HSET", KEYS[5], id, message)
                redis.call("HDEL", KEYS[2], id)
            end
        end
    end
end
