-- Records that a worker begins to work on a message.
-- KEYS  the set of ids in flight, the set of ids that were begun
-- ARGV  the id, how many seconds to keep the set
-- Skips an id that is not in flight: it was settled meanwhile, on another connection.
-- The first write frees memory, so a full Redis does not refuse the script.
redis.call("SREM", KEYS[2], ARGV[1])
if redis.call("SISMEMBER", KEYS[1], ARGV[1]) == 1 then
    redis.call("SADD", KEYS[2], ARGV[1])
    redis.call("EXPIRE", KEYS[2], ARGV[2])
end
