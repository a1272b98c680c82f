-- Takes one change of a channel into the cache, unless a later one of the same channel is known.
-- KEYS[1] names by id, KEYS[2] ids by name, KEYS[3] recent changes: "WHEN NAME" by id
-- ARGV    the channel's id, its name now ("": it is gone), when Slack says so (Unix seconds),
--         for how many seconds changes are remembered
-- Returns 1 if the change is the latest of its channel, else 0.
local id, name, when = ARGV[1], ARGV[2], ARGV[3]
local known = redis.call("HGET", KEYS[3], id)
if known and tonumber(string.match(known, "^%S+")) >= tonumber(when) then
    return 0
end
-- A fill that is under way must not undo it.
redis.call("HSET", KEYS[3], id, when .. " " .. name)
redis.call("EXPIRE", KEYS[3], ARGV[4])
if redis.call("EXISTS", KEYS[1]) == 0 then
    return 1 -- Nothing was ever filled, and one channel must not pass for all of them.
end
local before = redis.call("HGET", KEYS[1], id)
if before and redis.call("HGET", KEYS[2], before) == id then
    redis.call("HDEL", KEYS[2], before)
end
if name == "" then
    redis.call("HDEL", KEYS[1], id)
else
    redis.call("HSET", KEYS[1], id, name)
    redis.call("HSET", KEYS[2], name, id)
end
return 1
