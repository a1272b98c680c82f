-- One worker's sign of life, and the recovery of what dead workers held.
-- KEYS[1] the hash of live workers: id -> when last seen, in milliseconds of Redis's own clock
-- ARGV    app, worker id, milliseconds of silence after which a worker is dead, milliseconds that
--         a dead letter is kept (0 leaves them alone), how many queues, the queues, then workers known to be dead
-- Gives how many messages were handed back, then the ids of the workers alive.
local app, me, silence, kept = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local queues = { unpack(ARGV, 6, 5 + tonumber(ARGV[5])) }
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local returned = 0

local function hand_back(worker, queue)
    local held = app .. ":__acks__." .. worker .. "." .. queue
    for _, id in ipairs(redis.call("SMEMBERS", held)) do
        if redis.call("HEXISTS", app .. ":" .. queue .. ".msgs", id) == 1 then
            -- To the front: it has waited long enough.
            redis.call("LPUSH", app .. ":" .. queue, id)
            returned = returned + 1
        end
    end
    redis.call("DEL", held)
end

local function bury(worker)
    for _, queue in ipairs(queues) do
        hand_back(worker, queue)
        hand_back(worker, queue .. ".DQ")
    end
    redis.call("HDEL", KEYS[1], worker)
    redis.call("ZREM", app .. ":__heartbeats__", worker)
end

-- A script that has begun with a write which frees memory may go on when Redis is full.
redis.call("HDEL", KEYS[1], "")
for i = 6 + #queues, #ARGV do
    bury(ARGV[i])
end

-- Whoever could not beat for long itself saw Redis away: the others are silent for that reason.
local pairs_of_all, seen = redis.call("HGETALL", KEYS[1]), {}
for i = 1, #pairs_of_all, 2 do
    seen[pairs_of_all[i]] = tonumber(pairs_of_all[i + 1])
end
local away = seen[me] and now - seen[me] > silence / 2
redis.call("HSET", KEYS[1], me, now)
local alive = { me }
seen[me] = nil
for worker, at in pairs(seen) do
    if now - at > silence and not away then
        bury(worker)
    else
        if away then redis.call("HSET", KEYS[1], worker, now) end
        table.insert(alive, worker)
    end
end

for _, queue in ipairs(kept > 0 and queues or {}) do
    local dead = app .. ":" .. queue .. ".XQ"
    for _, id in ipairs(redis.call("ZRANGEBYSCORE", dead, 0, now - kept, "LIMIT", 0, 100)) do
        redis.call("ZREM", dead, id)
        redis.call("HDEL", dead .. ".msgs", id)
    end
end
return { returned, unpack(alive) }
