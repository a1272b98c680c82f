-- Looks through a part of a queue, and drops the messages that are too old for their actors.
-- KEYS  the queue's list of ids, its hash of messages
-- ARGV  the maximum age of each actor's messages (` ACTOR=MS ACTOR=MS `), where in the list to
--       begin, at how many messages to look, the shortest of the maximum ages in milliseconds
-- Returns where to go on, or -1; then the dropped messages. A queue is in order of time: behind
-- messages that are all younger than the shortest maximum, there is nothing to look for.
local limits, first, size = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local shortest = tonumber(ARGV[4])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function age_and_limit(message)
    local actor = string.match(string.sub(message, 1, 200), '"actor_name":%s*"([%w_]+)"')
    local limit = actor and string.match(limits, " " .. actor .. "=(%d+) ")
    -- The last match is the option: options come last. It is by Slack's clock, as workers judge.
    local sent = string.match(string.sub(message, -500), '.*"sent_at":(%d+)')
    return sent and now - 1000 * tonumber(sent) or 0, tonumber(limit or math.huge)
end

local ids = redis.call("LRANGE", KEYS[1], first, first + size - 1)
if #ids == 0 then return { -1, {} } end
local places, old, dropped, oldest = {}, {}, {}, 0
for i, message in ipairs(redis.call("HMGET", KEYS[2], unpack(ids))) do
    local age, limit = age_and_limit(message or "")
    oldest = math.max(oldest, age)
    if age > limit then
        table.insert(places, first + i - 1)
        table.insert(old, ids[i])
        table.insert(dropped, message)
    end
end
if #old > 0 then
    -- The first write frees memory, so a full Redis does not refuse the script.
    redis.call("HDEL", KEYS[2], unpack(old))
    -- Deep in a long list, LREM takes as long for one id as for all that are marked.
    for _, place in ipairs(places) do redis.call("LSET", KEYS[1], place, "") end
    redis.call("LREM", KEYS[1], #old, "")
end
return { #ids == size and oldest > shortest and first + size - #old or -1, dropped }
