-- Applies a change of a channel to the cache, unless a later change of the channel is known.
-- KEYS[1] names by id, KEYS[2] ids by name, KEYS[3] recent changes: "WHEN NAME" by id
-- ARGV    the channel's id, its new name ("" if deleted), when it changed by Slack's clock (Unix
--         seconds), seconds to remember changes
-- Returns 1 if the change is the latest of its channel, else 0.
local id, name, when = ARGV[1], ARGV[2], ARGV[3]
local known = redis.call("HGET", KEYS[3], id)
if known and tonumber(string.match(known, "^%S+")) >= tonumber(when) then
    return 0
end
-- A concurrent fill must not undo the change.
redis.call("HSET", KEYS[3], id, when .. " " .. name)
redis.call("EXPIRE", KEYS[3], ARGV[4])
if redis.call("EXISTS", KEYS[1]) == 0 then
    return 1 -- Never filled: a single channel must not look like a full cache.
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
