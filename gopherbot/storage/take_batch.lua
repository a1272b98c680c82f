-- Takes the waiting events as a batch that expires when they would have, unless the previous batch
-- is unfinished.
-- KEYS[1] the waiting events, KEYS[2] the batch: hashes with the same fields
-- Returns the batch as a flat list of fields and values.
if redis.call("EXISTS", KEYS[2]) == 0 and redis.call("EXISTS", KEYS[1]) == 1 then
    redis.call("RENAME", KEYS[1], KEYS[2])
end
return redis.call("HGETALL", KEYS[2])
