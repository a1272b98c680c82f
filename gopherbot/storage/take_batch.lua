-- Takes the waiting events as a batch, unless the previous batch is unfinished.
-- KEYS[1] the waiting events, KEYS[2] the batch: hashes with the same fields
-- ARGV    seconds to keep the batch
-- Returns the batch as a flat list of fields and values.
if redis.call("EXISTS", KEYS[2]) == 0 and redis.call("EXISTS", KEYS[1]) == 1 then
    redis.call("RENAME", KEYS[1], KEYS[2])
    redis.call("EXPIRE", KEYS[2], ARGV[1])
end
return redis.call("HGETALL", KEYS[2])
