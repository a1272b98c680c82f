-- Drops waiting messages that are too old for their actors.
-- KEYS  for each queue: its list of ids, its hash of messages
-- ARGV  the maximum age of each actor's messages (` ACTOR=MS ACTOR=MS `)
-- Returns the dropped messages, each with the number of its queue, from 0.
local limits, windows, size = ARGV[1], 8, 64
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function is_too_old(message)
    local actor = string.match(string.sub(message, 1, 200), '"actor_name":%s*"([%w_]+)"')
    local limit = actor and string.match(limits, " " .. actor .. "=(%d+) ")
    -- The last match is the option: options come last. It is by Slack's clock, as workers judge.
    local sent = string.match(string.sub(message, -500), '.*"sent_at":(%d+)')
    return limit and sent and now - 1000 * tonumber(sent) > tonumber(limit)
end

local dropped = {}
local function drop(queue, first)
    local list, messages = KEYS[2 * queue + 1], KEYS[2 * queue + 2]
    for _ = 1, windows do
        local ids = redis.call("LRANGE", list, first, first + size - 1)
        if #ids == 0 then return end
        for i, message in ipairs(redis.call("HMGET", messages, unpack(ids))) do
            if message and is_too_old(message) then
                redis.call("LREM", list, 1, ids[i])
                redis.call("HDEL", messages, ids[i])
                table.insert(dropped, { queue, message })
            else
                first = first + 1
            end
        end
    end
end

for queue = 0, #KEYS / 2 - 1 do
    drop(queue, 0)
    -- Messages with a longer limit may come first: check others each time.
    local rest = redis.call("LLEN", KEYS[2 * queue + 1]) - windows * size
    if rest > 0 then drop(queue, windows * size + time[2] % rest) end
end
return dropped
