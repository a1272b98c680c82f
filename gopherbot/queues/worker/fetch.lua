-- Fetches messages from a queue and records them as in flight in this worker.
-- KEYS  the queue's list of ids, its hash of messages, the set of ids in flight, the registry of
--       processes
-- ARGV  the maximum number to fetch, the worker's id
-- Returns id, message, id, message, … ; an id without a message is dropped. For a worker that is
-- not in the registry, returns nil and leaves the queue unchanged: no other worker would take over
-- from it. It may be dead, with its last command delayed on the way to Redis.
local ids = redis.call("LPOP", KEYS[1], ARGV[1])
if not ids then return {} end
if redis.call("HEXISTS", KEYS[4], ARGV[2]) == 0 then
    for i = #ids, 1, -1 do redis.call("LPUSH", KEYS[1], ids[i]) end
    return false
end
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
