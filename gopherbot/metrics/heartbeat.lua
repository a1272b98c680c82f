-- A process's heartbeat: renews its registry entry, and adds its counts, journal and finished jobs.
-- KEYS  the registry, the all-time counters, the last success of each job, the journal
-- ARGV  the process's id, its lease, its `ProcessInfo`,
--       "1" to list the other processes,
--       how long it must run without a gap before it may declare them dead, the key prefix of a
--       minute's counters, the number of counters, the number of journal chunks, the number of the
--       report, name, count, name, count, …, chunk, …, then the jobs that succeeded
-- Returns for each other process: its id, when it was last seen, 1 if its lease has expired.
-- All times are milliseconds by Redis's clock.
local id, lease, info, settled_after, counted = ARGV[1], ARGV[2], ARGV[3], ARGV[5], tonumber(ARGV[7])
local chunks, report = tonumber(ARGV[8]), tonumber(ARGV[9])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local day, month = 86400, 31 * 86400

local all, mine = ARGV[4] == "1" and redis.call("HGETALL", KEYS[1]), ""
if all then
    for i = 1, #all, 2 do
        if all[i] == id then mine = all[i + 1] end
    end
else
    mine = redis.call("HGET", KEYS[1], id) or ""
end
local seen, since = string.match(mine, "^(%d+) (%d+) ")
local told = tonumber(string.match(mine, '"report":(%d+)') or 0)
-- A gap in this process's own heartbeats may be an outage of Redis, which silences all others too.
-- A time in the future is that of another server, whose clock was ahead.
if not seen or now - seen > lease / 2 or tonumber(seen) > now then since = now end
info = string.format('%s,"report":%.0f}', string.sub(info, 1, -2), math.max(told, report))
local entry = string.format("%.0f %.0f %s %s", now, since, lease, info)
local quiet = seen and #ARGV == 9
if not quiet or type(redis.pcall("HSET", KEYS[1], id, entry)) == "table" then
    -- A script whose first write needs no memory may continue when Redis is full. The registry does
    -- not expire: a Redis that evicts keys with a TTL must not lose it.
    redis.call("PERSIST", KEYS[1])
    redis.call("HSET", KEYS[1], id, entry)
end

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

-- A report whose reply was lost comes again, under the same number.
if report > told then
    local first = 10
    if counted > 0 then
        local minute = ARGV[6] .. math.floor(time[1] / 60)
        for i = first, first - 1 + 2 * counted, 2 do
            redis.call("HINCRBY", minute, ARGV[i], ARGV[i + 1])
            redis.call("HINCRBY", KEYS[2], ARGV[i], ARGV[i + 1])
        end
        redis.call("EXPIRE", minute, 7200)
        redis.call("EXPIRE", KEYS[2], month)
        first = first + 2 * counted
    end
    for i = first, first - 1 + chunks do
        append(ARGV[i])
    end
    for i = first + chunks, #ARGV do
        redis.call("HSET", KEYS[3], ARGV[i], now)
        redis.call("EXPIRE", KEYS[3], month)
    end
end

-- This process declares none dead until they have had time for a heartbeat, after an outage or its
-- own start.
local settled, found = now - since >= tonumber(settled_after), {}
for i = 1, #(all or {}), 2 do
    local its_seen, its_lease = string.match(all[i + 1], "^(%d+) %d+ (%d+) ")
    -- An unreadable entry belongs to another version: leave it alone.
    if its_seen and all[i] ~= id then
        table.insert(found, all[i])
        table.insert(found, its_seen)
        local silent = settled and math.abs(now - its_seen) > tonumber(its_lease)
        table.insert(found, silent and 1 or 0)
    end
end
return found
