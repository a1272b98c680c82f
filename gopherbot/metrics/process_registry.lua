-- A process tells that it lives, and what it counted and finished since it last told.
-- KEYS[1] the app's name, which all keys start with
-- ARGV    the process's id, its card ("" if it was told lately), "1" to tidy up,
--         how many counts, field, number, field, number, …, then the jobs that succeeded
local app, id, card, tidy, counts = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local hour, month = 3600, 31 * 86400
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local processes = app .. ":processes"
if card ~= "" and redis.call("HSET", processes, id, now .. " " .. card) == 1 then
    redis.call("EXPIRE", processes, 24 * hour)
end
if tidy == "1" then
    redis.call("EXPIRE", processes, 24 * hour)
    -- Who ended without a word stays for an hour, so that it is noticed.
    local all = redis.call("HGETALL", processes)
    for i = 1, #all, 2 do
        if now - tonumber(string.match(all[i + 1], "^%d+")) > hour * 1000 then
            redis.call("HDEL", processes, all[i])
        end
    end
end

if counts > 0 then
    local minute = app .. ":counts:" .. math.floor(time[1] / 60)
    local total = app .. ":counts:total"
    for i = 5, 3 + 2 * counts, 2 do
        redis.call("HINCRBY", minute, ARGV[i], ARGV[i + 1])
        redis.call("HINCRBY", total, ARGV[i], ARGV[i + 1])
    end
    redis.call("EXPIRE", minute, 2 * hour)
    redis.call("EXPIRE", total, month)
end

for i = 5 + 2 * counts, #ARGV do
    redis.call("HSET", app .. ":jobs", ARGV[i], now)
    redis.call("EXPIRE", app .. ":jobs", month)
end
