-- Claims an effect for a claimant, unless it is settled or claimed by another.
-- KEYS  a message's hash in the ledger, the registry of live processes
-- ARGV  effect, worker id, token of the claimant, version of the answered text ("" if it does not
--       matter), lease in milliseconds, seconds to keep the entry, milliseconds for which a dead
--       worker's call may still take effect, milliseconds for which a doubtful call may, "1" to
--       claim a settled effect as well, "1" if this claimant has looked up whether it was performed,
--       then the tokens of all claimants running in this worker
-- Returns the state, the milliseconds to wait if it is busy, and those since the call if doubtful:
--   mine         claimed
--   settled      it was performed, or never will be
--   superseded   a newer text of the message is known
--   busy         another claimant holds a lease; or a doubtful call may still take effect
--   doubtful     claimed, but look up first whether it was performed
local effect, worker, token, version, lease, kept = unpack(ARGV)
local dead_wait, doubt_wait, settled_too = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9] == "1"
local looked = ARGV[10] == "1"
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function claim(state, called)
    local word = state == "doubtful" and "looking" or "claimed"
    redis.call("HSET", KEYS[1], effect, word .. " " .. token .. " " .. now .. " " .. worker)
    redis.call("EXPIRE", KEYS[1], kept)
    return { state, 0, called and now - called or 0 }
end

local newest = redis.call("HGET", KEYS[1], "@newest")
if newest and version ~= "" and tonumber(version) < tonumber(newest) then
    return { "superseded", 0, 0 }
end
local entry = redis.call("HGET", KEYS[1], effect)
if not entry then
    return claim("mine")
end
if entry == "settled" then
    if settled_too then
        return claim("mine")
    end
    return { "settled", 0, 0 }
end
local doubtful_since = string.match(entry, "^doubtful (%d+)$")
if doubtful_since then
    local left = tonumber(doubtful_since) + doubt_wait - now
    if left > 0 then
        return { "busy", left, 0 }
    end
    return claim("doubtful", doubtful_since)
end
local word, its_token, since, its_worker = string.match(entry, "^(%l+) (%S+) (%d+) (.*)$")
if its_token == token and its_worker == worker then
    -- Renew the lease. If the first reply to this command was lost, it said the same.
    return claim(word == "looking" and not looked and "doubtful" or "mine", since)
end
local alive = redis.call("HEXISTS", KEYS[2], its_worker) == 1
if its_worker == worker and tonumber(its_token) < tonumber(token) then
    -- The owner is an earlier claimant of this worker, which knows whether it still runs.
    alive = false
    for i = 11, #ARGV do
        alive = alive or ARGV[i] == its_token
    end
end
local left = tonumber(since) + (alive and tonumber(lease) or dead_wait) - now
if left > 0 then
    return { "busy", left, 0 }
end
return claim("doubtful", since)
