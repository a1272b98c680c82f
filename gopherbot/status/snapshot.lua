-- Gathers what an operator wants to see, at one moment. Changes nothing.
-- KEYS[1] the app's name, which all keys start with
-- ARGV    how many minutes of counts to add up, then the queues
-- Gives milliseconds of Redis's clock; for each queue: waiting, delayed, not done (both waiting and
-- in flight), dead, when the oldest that waits was enqueued (0: none); then flat hashes: the living
-- processes, those that are gone, counts of those minutes, counts of all, jobs, the probe; then how
-- many channels are cached; then flat hashes: what watchers announced last, why Slack rejects what
-- they post, and the round trip through Slack; then where the bot is to speak and cannot, as JSON;
-- then the bytes that Redis uses, and its limit (0: none).
local app = KEYS[1]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function oldest(queue)
    local id = redis.call("LINDEX", queue, 0)
    local message = id and redis.call("HGET", queue .. ".msgs", id)
    -- It stands behind the payload, which may be long.
    local stamp = message and string.match(string.sub(message, -200), '"message_timestamp":%s*(%d+)')
    return tonumber(stamp or 0)
end

local info = redis.pcall("INFO", "memory") -- Not everybody may ask for it.
local function memory(name)
    return tonumber(type(info) == "string" and string.match(info, "\n" .. name .. ":(%d+)") or 0)
end

local queues = {}
for i = 2, #ARGV do
    local queue = app .. ":" .. ARGV[i]
    table.insert(queues, {
        redis.call("LLEN", queue),
        redis.call("HLEN", queue .. ".DQ.msgs"),
        redis.call("HLEN", queue .. ".msgs"),
        redis.call("ZCARD", queue .. ".XQ"),
        oldest(queue),
    })
end

local sums, lately = {}, {}
local minute = math.floor(time[1] / 60)
for m = minute - tonumber(ARGV[1]) + 1, minute do
    local counts = redis.call("HGETALL", app .. ":counts:" .. m)
    for i = 1, #counts, 2 do
        sums[counts[i]] = (sums[counts[i]] or 0) + tonumber(counts[i + 1])
    end
end
for field, number in pairs(sums) do
    table.insert(lately, field)
    table.insert(lately, number)
end

return {
    now,
    queues,
    redis.call("HGETALL", app .. ":processes"),
    redis.call("HGETALL", app .. ":processes:gone"),
    lately,
    redis.call("HGETALL", app .. ":counts:total"),
    redis.call("HGETALL", app .. ":jobs"),
    redis.call("HGETALL", app .. ":probe"),
    redis.call("HLEN", app .. ":channels:by_id"),
    redis.call("HGETALL", app .. ":announcements"),
    redis.call("HGETALL", app .. ":rejections"),
    redis.call("HGETALL", app .. ":round_trip"),
    redis.call("GET", app .. ":channels:unusable") or "[]",
    memory("used_memory"),
    memory("maxmemory"),
}
