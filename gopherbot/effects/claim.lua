-- Claims an effect for an attempt, unless it is settled or in somebody's hands.
-- KEYS  a message's hash in the ledger, the hash of live workers
-- ARGV  effect, worker id, token of the attempt, version of the text that it answers ("" if the
--       text does not matter), milliseconds of a lease, seconds the entry is kept, milliseconds that
--       a dead worker's call may still be under way, milliseconds that a doubtful call may still be,
--       "1" to claim what is settled, too, "1" if this attempt looked whether it was performed, then
--       the tokens of all attempts that run in this worker
-- Returns the state, and milliseconds to wait if it is busy:
--   mine         nobody has it
--   settled      it is done with
--   superseded   a newer text of the message is followed
--   busy         somebody has it, until their lease ends; or a doubtful call may be under way
--   doubtful     claimed, but check whether it was performed before
local effect, worker, token, version, lease, kept = unpack(ARGV)
local dead_wait, doubt_wait, settled_too = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9] == "1"
local looked = ARGV[10] == "1"
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function claim(state)
    local word = state == "doubtful" and "looking" or "claimed"
    redis.call("HSET", KEYS[1], effect, word .. " " .. token .. " " .. now .. " " .. worker)
    redis.call("EXPIRE", KEYS[1], kept)
    return { state, 0 }
end

local newest = redis.call("HGET", KEYS[1], "@newest")
if newest and version ~= "" and tonumber(version) < tonumber(newest) then
    return { "superseded", 0 }
end
local entry = redis.call("HGET", KEYS[1], effect)
if not entry then
    return claim("mine")
end
if entry == "settled" then
    if settled_too then
        return claim("mine")
    end
    return { "settled", 0 }
end
local doubtful_since = string.match(entry, "^doubtful (%d+)$")
if doubtful_since then
    local left = tonumber(doubtful_since) + doubt_wait - now
    if left > 0 then
        return { "busy", left }
    end
    return claim("doubtful")
end
local word, its_token, since, its_worker = string.match(entry, "^(%l+) (%S+) (%d+) (.*)$")
if its_token == token and its_worker == worker then
    -- The lease begins again. The first answer may have been lost: it said the same.
    return claim(word == "looking" and not looked and "doubtful" or "mine")
end
local alive = redis.call("HEXISTS", KEYS[2], its_worker) == 1
if its_worker == worker and tonumber(its_token) < tonumber(token) then
    -- An attempt of this very worker, which knows whether it still runs.
    alive = false
    for i = 11, #ARGV do
        alive = alive or ARGV[i] == its_token
    end
end
local left = tonumber(since) + (alive and tonumber(lease) or dead_wait) - now
if left > 0 then
    return { "busy", left }
end
return claim("doubtful")
