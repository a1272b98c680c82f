-- Notes whom to tell when a case is closed, unless it is. Safe to repeat.
-- KEYS  the case
-- ARGV  a digest of the reporter; their id sealed, or ""
-- Returns 0 if the case is closed.
local state = redis.call("HGET", KEYS[1], "state")
if state == "open" then
    redis.call("HSETNX", KEYS[1], "by:" .. ARGV[1], ARGV[2])
end
return state == "closed" and 0 or 1
