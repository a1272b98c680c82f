-- Acquires, renews or releases the leader's lease.
-- KEYS  the leader's key
-- ARGV  the scheduler's id, the lease in milliseconds (0 to release it)
-- Returns 1 if this scheduler leads now, else 0.
local leader = redis.call("GET", KEYS[1])
if leader and leader ~= ARGV[1] then return 0 end
if ARGV[2] == "0" then
    redis.call("DEL", KEYS[1])
    return 0
end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1
