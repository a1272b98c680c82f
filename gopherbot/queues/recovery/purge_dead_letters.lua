-- Deletes the expired dead letters of a queue, oldest first and at most 100.
-- KEYS  the sorted set of their ids by time of death, the hash of the dead letters
-- ARGV  how long to keep a dead letter, in milliseconds
local time = redis.call("TIME")
local before = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[1])
for _, id in ipairs(redis.call("ZRANGEBYSCORE", KEYS[1], 0, before, "LIMIT", 0, 100)) do
    redis.call("ZREM", KEYS[1], id)
    redis.call("HDEL", KEYS[2], id)
end
