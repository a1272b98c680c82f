-- A process's heartbeat: renews its registry entry, and adds its counts, journal and finished jobs.
-- KEYS  the registry, the all-time counters, the last success of each job, the journal
-- ARGV  the process's id, its lease, its `ProcessInfo`,
--       "1" to list the other processes,
--       how long it must run without a gap before it may declare them dead, the key prefix of a
--       minute's counters, the number of counters, the number of journal chunks, name, count, name,
--       count, …, chunk, …, then the jobs that succeeded
-- Returns for each other process: its id, when it was last seen, 1 if its lease has expired.
-- All times are milliseconds by Redis's clock.
local id, lease, info, settled_after, counted = ARGV[1], ARGV[2], ARGV[3], ARGV[5], tonumber(ARGV[7])
local chunks = tonumber(ARGV[8])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local day, month = 86400, 31 * 86400

-- A script whose first write needs no memory may continue when Redis is full.
local is_new = redis.call("EXPIRE", KEYS[1], day) == 0

local others, all = {}, ARGV[4] == "1" and redis.call("HGETALL", KEYS[1]) or {}
local since = now
for i = 1, #all, 2 do
    local seen, its_since, its_lease = string.match(all[i + 1], "^(%d+) (%d+) (%d+) ")
    if all[i] ~= id then
        table.insert(others, { all[i], tonumber(seen), tonumber(its_lease) })
    elseif seen and now - seen <= lease / 2 then
        since = tonumber(its_since)
    end
end
redis.call("HSET", KEYS[1], id, string.format("%.0f %.0f %s %s", now, since, lease, info))
if is_new then redis.call("EXPIRE", KEYS[1], day) end

-- The journal is a ring: the oldest chunk is dropped. A chunk with room takes records for an hour.
local most, size, hour = 480, 2048, 3600 * 1000
local function began(chunk) return tonumber(chunk and string.match(chunk, '^%["%l",(%d+)') or 0) end
local function append(chunk)
    local last = redis.call("LINDEX", KEYS[4], -1)
    if last and #last + #chunk <= size and now - began(last) < hour then
        redis.call("LSET", KEYS[4], -1, last .. chunk)
    else
        redis.call("RPUSH", KEYS[4], chunk)
        redis.call("LTRIM", KEYS[4], -most, -1)
        for _ = 1, 2 do
            local first = redis.call("LINDEX", KEYS[4], 0)
            if first and now - began(first) > 49 * hour then redis.call("LPOP", KEYS[4]) end
        end
    end
    redis.call("EXPIRE", KEYS[4], 2 * day)
end

if counted > 0 then
    local minute = ARGV[6] .. math.floor(time[1] / 60)
    for i = 9, 7 + 2 * counted, 2 do
        redis.call("HINCRBY", minute, ARGV[i], ARGV[i + 1])
        redis.call("HINCRBY", KEYS[2], ARGV[i], ARGV[i + 1])
    end
    redis.call("EXPIRE", minute, 7200)
    redis.call("EXPIRE", KEYS[2], month)
end
for i = 9 + 2 * counted, 8 + 2 * counted + chunks do
    append(ARGV[i])
end
for i = 9 + 2 * counted + chunks, #ARGV do
    redis.call("HSET", KEYS[3], ARGV[i], now)
    redis.call("EXPIRE", KEYS[3], month)
end

-- A gap in this process's own heartbeats may be an outage of Redis, which silences all others too.
-- It declares none dead until they have had time for a heartbeat. The same holds after its start.
local settled, found = now - since >= tonumber(settled_after), {}
for _, other in ipairs(others) do
    local its_id, seen, its_lease = unpack(other, 1, 3)
    -- An unreadable entry belongs to another version: leave it alone.
    if seen then
        table.insert(found, its_id)
        table.insert(found, string.format("%.0f", seen))
        table.insert(found, (settled and now - seen > its_lease) and 1 or 0)
    end
end
return found
