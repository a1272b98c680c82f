-- Takes over from a dead process: moves its registry entry to the dead processes, and requeues its
-- in-flight messages at the front. A message that the process had begun may have killed it: it is
-- counted, and the second time it is dead-lettered.
-- KEYS  the registry of processes, the registry of dead processes, the set of ids that the process
--       had begun, then for each queue: the set of ids that the process has in flight, the queue's
--       hash of messages, the queue's list of ids, the sorted set of the dead letters' ids, the hash
--       of the dead letters
-- ARGV  the process's id, when it was last seen (the script does nothing if it was seen since), how
--       many seconds to keep the entry, the option of a dead letter that says why (JSON)
-- Returns the number of requeued messages, the ids of the events among them, the dead letters.
local id, seen, kept, reason = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local entry = redis.call("HGET", KEYS[1], id)
if not entry or string.match(entry, "^%d+") ~= seen then return { 0, {}, {} } end
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The first write frees memory, so a full Redis does not refuse the script.
redis.call("HDEL", KEYS[1], id)
redis.call("HSET", KEYS[2], id, entry)
redis.call("EXPIRE", KEYS[2], kept)
local gone = redis.call("HGETALL", KEYS[2])
for i = 1, #gone, 2 do
    local last = tonumber(string.match(gone[i + 1], "^%d+"))
    if not last or now - last > kept * 1000 then redis.call("HDEL", KEYS[2], gone[i]) end
end

local found, begun, suspects = {}, 0, 0
for i = 4, #KEYS, 5 do
    for _, message in ipairs(redis.call("SMEMBERS", KEYS[i])) do
        local data = redis.call("HGET", KEYS[i + 1], message)
        if data then
            local each = { queue = i, id = message, data = data }
            if redis.call("SISMEMBER", KEYS[3], message) == 1 then
                -- The options come last, so the last match is theirs, not a member's.
                each.head, each.options = string.match(data, '^(.*"options":{)(".*)$')
            end
            if each.head then
                begun = begun + 1
                each.before = tonumber(string.match(each.options, '"takeovers":(%d+)') or 0)
                if each.before > 0 then suspects = suspects + 1 end
            end
            table.insert(found, each)
        end
    end
    redis.call("DEL", KEYS[i])
end
redis.call("DEL", KEYS[3])

local requeued, events, dead = 0, {}, {}
for _, each in ipairs(found) do
    local i = each.queue
    -- It is to blame if the process had begun nothing else. Beside others, any of them may be, but
    -- the only one that lost two workers before.
    if each.head and each.before > 0 and (begun == 1 or (suspects == 1 and each.before > 1)) then
        each.data = each.head .. reason .. each.options
        redis.call("HDEL", KEYS[i + 1], each.id)
        redis.call("ZADD", KEYS[i + 3], now, each.id)
        redis.call("HSET", KEYS[i + 4], each.id, each.data)
        table.insert(dead, each.data)
    else
        if each.head then
            local options = string.gsub(each.options, '"takeovers":%d+,', "")
            local counted = string.format('"takeovers":%d,', each.before + 1)
            redis.call("HSET", KEYS[i + 1], each.id, each.head .. counted .. options)
        end
        -- To the front: it has waited long enough.
        redis.call("LPUSH", KEYS[i + 2], each.id)
        requeued = requeued + 1
        -- In a member's text the quotes are escaped, so they cannot match.
        local event = string.match(each.data, '"event_id":%s*"([%w_-]+)"')
        if event then table.insert(events, event) end
    end
end
return { requeued, events, dead }
