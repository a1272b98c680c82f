-- Notes words that found nothing, and which of them three members have asked for.
-- KEYS  digests of words and members, words
-- ARGV  the seconds for which they are kept, the most digests and the most words to keep, then for
--       each: the word's digest, the member's digest, the word
local now, kept = tonumber(redis.call("TIME")[1]), tonumber(ARGV[1])
for i = 1, 2 do
    redis.call("ZREMRANGEBYSCORE", KEYS[i], "-inf", now - kept)
end
for i = 4, #ARGV, 3 do
    redis.call("ZADD", KEYS[1], now, ARGV[i] .. ":" .. ARGV[i + 1])
end
local members = {}
for _, digests in ipairs(redis.call("ZRANGE", KEYS[1], 0, -1)) do
    local word = string.match(digests, "^[^:]+")
    members[word] = (members[word] or 0) + 1
end
for i = 4, #ARGV, 3 do
    if members[ARGV[i]] >= 3 then redis.call("ZADD", KEYS[2], now, ARGV[i + 2]) end
end
for i = 1, 2 do
    redis.call("ZREMRANGEBYRANK", KEYS[i], 0, -tonumber(ARGV[i + 1]) - 1)
    redis.call("EXPIRE", KEYS[i], kept)
end
