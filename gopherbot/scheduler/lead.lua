-- Takes, renews or releases the lead.
-- KEYS  the leader's key
-- ARGV  the scheduler's id, and the lease in milliseconds; 0 releases the lead
-- Returns 0 if another scheduler leads, 1 if this one still leads, 2 if it has just taken the lead.
local leader = redis.call("GET", KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
if ARGV[2] == "0" then
    redis.call("DEL", KEYS[1])
    return 0
end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return leader and 1 or 2
