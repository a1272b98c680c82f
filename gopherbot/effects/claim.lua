-- Claims an effect for an attempt, unless it is settled or in somebody's hands.
-- KEYS  the event's hash in the ledger, the hash of live workers
-- ARGV  effect, worker id, token of the attempt, milliseconds of a lease, seconds the entry is kept,
--       milliseconds that a dead worker's call may still be under way, then the tokens of all
--       attempts that run in this worker
-- Gives "mine", "settled", "doubtful" (claimed, but check whether it was done before), or
-- "busy" and the milliseconds until the lease of whoever has it ends.
local effect, worker, token, lease, kept = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function claim()
    redis.call("HSET", KEYS[1], effect, "claimed " .. token .. " " .. now .. " " .. worker)
    redis.call("EXPIRE", KEYS[1], kept)
end

local entry = redis.call("HGET", KEYS[1], effect)
if not entry then
    claim()
    return { "mine", 0 }
end
if entry == "settled" then
    return { "settled", 0 }
end
if entry == "doubtful" then
    claim()
    return { "doubtful", 0 }
end
local its_token, since, its_worker = string.match(entry, "^claimed (%S+) (%d+) (.*)$")
if its_token == token and its_worker == worker then
    claim() -- The lease begins anew.
    return { "mine", 0 }
end
local alive = redis.call("HEXISTS", KEYS[2], its_worker) == 1
if its_worker == worker and tonumber(its_token) < tonumber(token) then
    -- An attempt of this very worker, which knows whether it still runs.
    alive = false
    for i = 7, #ARGV do
        alive = alive or ARGV[i] == its_token
    end
end
local left = tonumber(since) + (alive and lease or tonumber(ARGV[6])) - now
if left > 0 then
    return { "busy", left }
end
claim()
return { "doubtful", 0 }
