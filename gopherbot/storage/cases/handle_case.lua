-- Records what a moderator does with a case, unless it is closed. Safe to repeat.
-- KEYS  the case
-- ARGV  what they do: on_it, done or dismissed; the moderator's id, their name, Unix seconds
-- Returns 1 if the case is known.
local what, moderator, name, now = unpack(ARGV)
local state = redis.call("HGET", KEYS[1], "state")
if not state then
    return 0
end
if state == "open" then
    redis.call("HSET", KEYS[1], "handled", what, "moderator", moderator, "name", name, "at", now)
    redis.call("HINCRBY", KEYS[1], "version", 1)
    if what ~= "on_it" then
        redis.call("HSET", KEYS[1], "state", "closed")
        -- The next report of the same message is a new case.
        redis.call("DEL", redis.call("HGET", KEYS[1], "place"))
    end
end
return 1
