-- Takes up to ARGV[1] messages off a queue and notes them as held by this worker.
-- KEYS: the queue's list, its hash of messages, the set of message ids that this worker holds.
-- Gives id, message, id, message, … ; an id whose message is gone is let go.
local ids = redis.call("LPOP", KEYS[1], ARGV[1])
if not ids then return {} end
local messages = redis.call("HMGET", KEYS[2], unpack(ids))
local taken = {}
for i, id in ipairs(ids) do
    if messages[i] then
        redis.call("SADD", KEYS[3], id)
        table.insert(taken, id)
        table.insert(taken, messages[i])
    end
end
return taken
