-- Takes or keeps the lead, or gives it up.
-- KEYS  the leader's key
-- ARGV  the scheduler's id, milliseconds of the lease; 0 gives the lead up
-- Gives 1 if this scheduler leads now.
local leader = redis.call("GET", KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
if ARGV[2] == "0" then
    redis.call("DEL", KEYS[1])
    return 0
end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1
