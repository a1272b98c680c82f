-- Adds messages to their queues, all or none. Drops stale messages from queues that are too long.
-- KEYS[1] the prefix of all keys
-- ARGV    maximum queue length, maximum age of each actor's messages (`ACTOR=MS `…),
--         then queue, id, message, queue, id, message, …
-- Returns the dropped messages: queue, event id ("" if unknown), queue, event id, …
local most, limits = tonumber(ARGV[1]), ARGV[2]
local window = 64 -- The number of messages to check per queue.

local queues = {}
for i = 3, #ARGV, 3 do
    local key = KEYS[1] .. ARGV[i]
    redis.call("HSET", key .. ".msgs", ARGV[i + 1], ARGV[i + 2])
    redis.call("RPUSH", key, ARGV[i + 1])
    queues[ARGV[i]] = key
end

local function is_too_old(message, now)
    local actor = string.match(string.sub(message, 1, 200), '"actor_name":%s*"([%w_]+)"')
    local limit = actor and string.match(limits, " " .. actor .. "=(%d+) ")
    local sent = string.match(string.sub(message, -200), '"message_timestamp":%s*(%d+)')
    return limit and sent and now - tonumber(sent) > tonumber(limit)
end

local dropped = {}
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- The oldest messages come first. If the first is not stale because its age limit is longer than
-- that of the messages behind it (an edit before messages), check from a varying position instead.
local function first_to_check(key, length)
    local first = redis.call("HGET", key .. ".msgs", redis.call("LINDEX", key, 0))
    if first and is_too_old(first, now) then return 0 end
    return time[2] % math.max(1, length - window)
end

for queue, key in pairs(queues) do
    local length = redis.call("LLEN", key)
    if length > most then
        local start = first_to_check(key, length)
        local ids = redis.call("LRANGE", key, start, start + window - 1)
        for i, message in ipairs(redis.call("HMGET", key .. ".msgs", unpack(ids))) do
            if message and is_too_old(message, now) then
                redis.call("LREM", key, 1, ids[i])
                redis.call("HDEL", key .. ".msgs", ids[i])
                table.insert(dropped, queue)
                table.insert(dropped, string.match(message, '"event_id":%s*"([%w_-]+)"') or "")
            end
        end
    end
end
return dropped
