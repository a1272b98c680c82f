-- Replaces all channels in the cache, except those that changed since the listing began.
-- KEYS[1] names by id, KEYS[2] ids by name, KEYS[3] recent changes: "WHEN NAME" by id
-- ARGV    start of the listing (Unix seconds), the cache's lifetime in seconds, the remaining
--         seconds at which to renew it, then each channel's id and name
-- Returns 1 if anything was written, 0 if the cache was up to date and not about to expire.
local names = {}
for i = 4, #ARGV, 2 do
    names[ARGV[i]] = ARGV[i + 1]
end
local changes = redis.call("HGETALL", KEYS[3])
for i = 1, #changes, 2 do
    local when, name = string.match(changes[i + 1], "^(%S+) (.*)$")
    if tonumber(when) > tonumber(ARGV[1]) then
        names[changes[i]] = name ~= "" and name or nil
    end
end

local kept = redis.call("HGETALL", KEYS[1])
local same = 0
for i = 1, #kept, 2 do
    if names[kept[i]] == kept[i + 1] then
        same = same + 1
    end
end
local count = 0
for _ in pairs(names) do
    count = count + 1
end
if same == count and same * 2 == #kept and redis.call("TTL", KEYS[1]) > tonumber(ARGV[3]) then
    return 0
end
redis.call("DEL", KEYS[1], KEYS[2])
for id, name in pairs(names) do
    redis.call("HSET", KEYS[1], id, name)
    redis.call("HSET", KEYS[2], name, id)
end
redis.call("EXPIRE", KEYS[1], ARGV[2])
redis.call("EXPIRE", KEYS[2], ARGV[2])
return 1
