-- Reads the state of the bot for the operator, atomically. Writes nothing.
-- KEYS[1] the prefix of all keys
-- ARGV    minutes of counts to add up, those of them that are recent, then the queues
-- Returns Redis's time in ms; for each queue: waiting, delayed, unfinished (waiting or in flight),
-- dead, the enqueue time of the oldest waiting message (0: none); then flat hashes: live processes,
-- dead processes, counts of those minutes, all-time counts, jobs, the probe; then the number of
-- cached channels; then flat hashes: the watchers' last announcements, their rejections by Slack,
-- and the round trip through Slack; then the unusable channels as JSON; then Redis's memory in use
-- and its limit, in bytes (0: none), its eviction policy, and how many keys it evicted since it
-- started; then flat hashes: counts of the last ARGV[2] minutes, and why the latest letters are dead.
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

-- An ACL may forbid INFO.
local function info(section)
    local found = redis.pcall("INFO", section)
    return type(found) == "string" and found or ""
end
local memory, stats = info("memory"), info("stats")
local function field(text, name) return string.match(text, "\n" .. name .. ":([^\r\n]+)") or "" end

local causes = {}
local function count_causes(dead)
    for _, id in ipairs(redis.call("ZREVRANGE", dead, 0, 19)) do
        local message = redis.call("HGET", dead .. ".msgs", id)
        -- The options follow the payload, which may be long.
        local cause = message and string.match(string.sub(message, -1000), '"died_of":%s*"([^"\\]+)"')
        if cause then causes[cause] = (causes[cause] or 0) + 1 end
    end
end

local queues = {}
for i = 3, #ARGV do
    local queue = app .. ARGV[i]
    count_causes(queue .. ".XQ")
    table.insert(queues, {
        redis.call("LLEN", queue),
        redis.call("HLEN", queue .. ".DQ.msgs"),
        redis.call("HLEN", queue .. ".msgs"),
        redis.call("ZCARD", queue .. ".XQ"),
        oldest(queue),
    })
end

local function flat(counts)
    local all = {}
    for name, number in pairs(counts) do
        table.insert(all, name)
        table.insert(all, number)
    end
    return all
end

local sums, recent = {}, {}
local minute = math.floor(time[1] / 60)
for m = minute - tonumber(ARGV[1]) + 1, minute do
    local counts = redis.call("HGETALL", app .. "counts:" .. m)
    for i = 1, #counts, 2 do
        local name, number = counts[i], tonumber(counts[i + 1])
        sums[name] = (sums[name] or 0) + number
        if m > minute - tonumber(ARGV[2]) then recent[name] = (recent[name] or 0) + number end
    end
end

return {
    now,
    queues,
    redis.call("HGETALL", app .. "processes"),
    redis.call("HGETALL", app .. "processes:gone"),
    flat(sums),
    redis.call("HGETALL", app .. "counts:total"),
    redis.call("HGETALL", app .. "jobs"),
    redis.call("HGETALL", app .. "probe"),
    redis.call("HLEN", app .. "channels:by_id"),
    redis.call("HGETALL", app .. "announcements"),
    redis.call("HGETALL", app .. "rejections"),
    redis.call("HGETALL", app .. "round_trip"),
    redis.call("GET", app .. "channels:unusable") or "[]",
    tonumber(field(memory, "used_memory")) or 0,
    tonumber(field(memory, "maxmemory")) or 0,
    field(memory, "maxmemory_policy"),
    tonumber(field(stats, "evicted_keys")) or 0,
    flat(recent),
    flat(causes),
}
