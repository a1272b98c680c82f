-- Takes what was gathered, unless what was taken before is not done with.
-- KEYS[1] what is gathered, KEYS[2] what was taken: hashes of the same fields
-- ARGV    for how many seconds it is kept
-- Returns what there is to do, as a flat hash.
if redis.call("EXISTS", KEYS[2]) == 0 and redis.call("EXISTS", KEYS[1]) == 1 then
    redis.call("RENAME", KEYS[1], KEYS[2])
    redis.call("EXPIRE", KEYS[2], ARGV[1])
end
return redis.call("HGETALL", KEYS[2])
