-- Takes messages off a queue and notes them as in flight in this worker.
-- KEYS  the queue's list of ids, its hash of messages, the set of ids in flight
-- ARGV  the most to take
-- Returns id, message, id, message, … ; an id whose message is gone is dropped.
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
