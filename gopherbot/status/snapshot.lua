-- Reads the state of the bot for the operator, atomically. Writes nothing.
-- KEYS[1] the app's name, the prefix of all keys
-- ARGV    minutes of counts to add up, then the queues
-- Returns Redis's time in ms; for each queue: waiting, delayed, unfinished (waiting or in flight),
-- dead, the enqueue time of the oldest waiting message (0: none); then flat hashes: live processes,
-- dead processes, counts of those minutes, all-time counts, jobs, the probe; then the number of
-- cached channels; then flat hashes: the watchers' last announcements, their rejections by Slack,
-- and the round trip through Slack; then the unusable channels as JSON; then Redis's memory in use
-- and its limit, in bytes (0: none).
local app = KEYS[1]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function oldest(queue)
    local id = redis.call("LINDEX", queue, 0)
    local message = id and redis.call("HGET", queue .. ".msgs", id)
    -- The timestamp follows the payload, which may be long.
    local stamp = message and string.match(string.sub(message, -200), '"message_timestamp":%s*(%d+)')
    return tonumber(stamp or 0)
end

local info = redis.pcall("INFO", "memory") -- An ACL may forbid INFO.
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
