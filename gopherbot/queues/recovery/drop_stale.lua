-- Looks through a part of a queue, and drops the messages that are too old for their actors.
-- KEYS  the queue's list of ids, its hash of messages
-- ARGV  the maximum age of each actor's messages (` ACTOR=MS ACTOR=MS `), where in the list to
--       begin, at how many messages to look
-- Returns where to go on, -1 at the end of the list; then the dropped messages.
local limits, first, size = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function is_too_old(message)
    local actor = string.match(string.sub(message, 1, 200), '"actor_name":%s*"([%w_]+)"')
    local limit = actor and string.match(limits, " " .. actor .. "=(%d+) ")
    -- The last match is the option: options come last. It is by Slack's clock, as workers judge.
    local sent = string.match(string.sub(message, -500), '.*"sent_at":(%d+)')
    return limit and sent and now - 1000 * tonumber(sent) > tonumber(limit)
end

local ids = redis.call("LRANGE", KEYS[1], first, first + size - 1)
if #ids == 0 then return { -1, {} } end
local places, old, dropped = {}, {}, {}
for i, message in ipairs(redis.call("HMGET", KEYS[2], unpack(ids))) do
    if message and is_too_old(message) then
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
return { #ids == size and first + size - #old or -1, dropped }
