-- Records the outcome of an effect and what it posted, if the claimant still owns the claim.
-- KEYS  a message's hash in the ledger, its posted answers, the messages with answers by time
-- ARGV  effect, worker id, token of the claimant, outcome (settled; doubtful from now on; uncertain
--       if doubtful but certainly over; released; claimed to keep the claim), seconds to keep the
--       entry, the version that the answers now match ("" for none), app, message, its asker,
--       seconds to keep the posted answers, the most messages to keep them for, milliseconds since a
--       doubtful call, then pairs of a key and its answer ("" for none)
-- Returns 1 if that is recorded, 0 if another claimant owns the claim and nothing was written.
local effect, worker, token, outcome, kept, followed = unpack(ARGV)
local app, message, asker, stands_kept, most, age = unpack(ARGV, 7, 12)
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local entry = redis.call("HGET", KEYS[1], effect) or ""
local its_token, its_worker = string.match(entry, "^%l+ (%S+) %d+ (.*)$")
local superseded = redis.call("HEXISTS", KEYS[1], "@newest") == 1
if entry == "" and (outcome == "doubtful" or (outcome == "settled" and not superseded)) then
    -- Redis lost the claim with its data. Record the outcome, but no effect of an older text as
    -- settled: its answer may have been removed since.
    its_token, its_worker = token, worker
end
if its_token ~= token or its_worker ~= worker then
    -- This may be a repeated command whose first reply was lost.
    local found = entry == "" and "released" or string.match(entry, "^%l+")
    found = entry == "doubtful 0" and "uncertain" or found
    return outcome ~= "claimed" and found == outcome and 1 or 0
end

-- The key that leads from an answer to the message it answers.
local function index(stands)
    local channel, ts = string.match(stands or "", "^%l+ (%S+) (%d+%.%d+) ")
    return channel and app .. ":answer:" .. channel .. ":" .. ts
end

local function forget(oldest)
    local key = app .. ":answers:" .. oldest
    for _, stands in ipairs(redis.call("HVALS", key)) do
        if index(stands) then
            redis.call("DEL", index(stands))
        end
    end
    redis.call("DEL", key)
    redis.call("ZREM", KEYS[3], oldest)
end

if outcome == "released" then
    redis.call("HDEL", KEYS[1], effect)
elseif outcome == "doubtful" then
    redis.call("HSET", KEYS[1], effect, "doubtful " .. now - age)
elseif outcome == "uncertain" then
    redis.call("HSET", KEYS[1], effect, "doubtful 0")
elseif outcome == "settled" then
    redis.call("HSET", KEYS[1], effect, "settled")
end
if followed ~= "" then
    redis.call("HSET", KEYS[1], "@followed", followed)
end
redis.call("EXPIRE", KEYS[1], kept)

for i = 13, #ARGV, 2 do
    local key, stands = ARGV[i], ARGV[i + 1]
    local before = index(redis.call("HGET", KEYS[2], key))
    if before then
        redis.call("DEL", before)
    end
    if stands == "" then
        redis.call("HDEL", KEYS[2], key)
    else
        redis.call("HSET", KEYS[2], key, stands, "@asker", asker)
        redis.call("EXPIRE", KEYS[2], stands_kept)
        if index(stands) then
            redis.call("SET", index(stands), message, "EX", stands_kept)
        end
        redis.call("ZADD", KEYS[3], now, message)
        redis.call("EXPIRE", KEYS[3], stands_kept)
    end
end
if #ARGV > 12 then
    -- Older entries have expired. Evict those beyond the limit, oldest first.
    redis.call("ZREMRANGEBYSCORE", KEYS[3], 0, now - stands_kept * 1000)
    local over = redis.call("ZCARD", KEYS[3]) - tonumber(most)
    for _, oldest in ipairs(over > 0 and redis.call("ZRANGE", KEYS[3], 0, over - 1) or {}) do
        forget(oldest)
    end
end
return 1
