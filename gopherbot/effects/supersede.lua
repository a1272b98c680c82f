-- Records that a message has a newer text, so that no older one is answered from now on.
-- KEYS  a message's hash in the ledger, its posted answers
-- ARGV  version of the text, "1" to record it even for a message without entries, seconds kept
-- Returns "superseded" if a newer text is known, "settled" if the answers match this one already or
-- there is nothing to update, else "mine".
local version, needed, kept = ARGV[1], ARGV[2] == "1", ARGV[3]
local newest = tonumber(redis.call("HGET", KEYS[1], "@newest") or 0)
local followed = tonumber(redis.call("HGET", KEYS[1], "@followed") or 0)
if tonumber(version) < newest then
    return "superseded"
end
if tonumber(version) <= followed then
    return "settled"
end
if not needed and redis.call("EXISTS", KEYS[1], KEYS[2]) == 0 then
    return "settled"
end
redis.call("HSET", KEYS[1], "@newest", version)
redis.call("EXPIRE", KEYS[1], kept)
return "mine"
