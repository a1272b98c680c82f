-- Takes over from a dead process: moves its registry entry to the dead processes, and requeues its
-- in-flight messages at the front.
-- KEYS  the registry of processes, the registry of dead processes, then for each queue: the set of
--       ids that the process has in flight, the queue's hash of messages, the queue's list of ids
-- ARGV  the process's id, when it was last seen (the script does nothing if it was seen since), how
--       many seconds to keep the entry
-- Returns the number of requeued messages, then the ids of the events among them.
local id, seen, kept = ARGV[1], ARGV[2], tonumber(ARGV[3])
local entry = redis.call("HGET", KEYS[1], id)
if not entry or string.match(entry, "^%d+") ~= seen then return { 0 } end

-- The first write frees memory, so a full Redis does not refuse the script.
redis.call("HDEL", KEYS[1], id)
redis.call("HSET", KEYS[2], id, entry)
redis.call("EXPIRE", KEYS[2], kept)

local requeued = { 0 }
for i = 3, #KEYS, 3 do
    for _, message in ipairs(redis.call("SMEMBERS", KEYS[i])) do
        local data = redis.call("HGET", KEYS[i + 1], message)
        if data then
            -- To the front: it has waited long enough.
            redis.call("LPUSH", KEYS[i + 2], message)
            requeued[1] = requeued[1] + 1
            -- In a member's text the quotes are escaped, so they cannot match.
            local event = string.match(data, '"event_id":%s*"([%w_-]+)"')
            if event then table.insert(requeued, event) end
        end
    end
    redis.call("DEL", KEYS[i])
end
return requeued
