-- Notes a message's fingerprint, and returns those that it may make a wave with.
-- KEYS  the window of the message's author, the window of all new members, new members by when they
--       joined, digests of hosts by when they were first linked to
-- ARGV  when it was written in Unix seconds, the seconds of a window, the seconds for which a member
--       is new, the author's digest, the sighting, the digests of its hosts
-- Returns the sightings of the window, this one included, and those of its hosts that nobody linked
-- to before the window began.
local now, window_seconds, new_seconds = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local author, sighting = ARGV[4], ARGV[5]
local day, most, most_hosts = 86400, 500, 5000

local joined = redis.call("ZSCORE", KEYS[3], author)
local is_new = joined and tonumber(joined) > now - new_seconds
local window = is_new and KEYS[2] or KEYS[1]
redis.call("RPUSH", window, sighting)
local function is_old(seen)
    local ts = seen and string.match(seen, "^([%d.]+) ")
    return ts and tonumber(ts) < now - window_seconds
end
while is_old(redis.call("LINDEX", window, 0)) do redis.call("LPOP", window) end
redis.call("LTRIM", window, -most, -1)
redis.call("EXPIRE", window, window_seconds)

local fresh = {}
for i = 6, #ARGV do
    local first = redis.call("ZSCORE", KEYS[4], ARGV[i])
    if not first then
        redis.call("ZADD", KEYS[4], now, ARGV[i])
    elseif tonumber(first) < now - 15 * day then
        -- Still linked to, so it isn't forgotten; and not fresh.
        redis.call("ZADD", KEYS[4], now - day - 1, ARGV[i])
    end
    if not first or tonumber(first) > now - window_seconds then table.insert(fresh, ARGV[i]) end
end
if #ARGV > 5 then
    redis.call("ZREMRANGEBYSCORE", KEYS[4], "-inf", now - 30 * day)
    redis.call("ZREMRANGEBYRANK", KEYS[4], 0, -most_hosts - 1)
    redis.call("EXPIRE", KEYS[4], 30 * day)
end
return { redis.call("LRANGE", window, 0, -1), fresh }
