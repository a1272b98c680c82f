-- Notes what happens to questions in help channels, in any order and any number of times.
-- KEYS  the questions that wait ("CHANNEL TS USER" by ts), the places where none waits any more
--       ("CHANNEL TS" by ts), the versions of edited messages (the same by version), the question
--       of each channel that nobody else has written after ("TS USER" by channel)
-- ARGV  what happened, the channel, the message's ts, its author, and now in Unix seconds; for
--       "said" also the version, "1" if it asks, the seconds for which what follows a question in
--       the channel counts as an answer, and the members whom it mentions
-- "said"      a message in the channel, or its newer text
-- "replied"   a message in the thread of TS
-- "closed"    an emoji on TS, its deletion, or an answer of the bot
local what, channel, ts, user, now = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local kept, most, most_closed = 3 * 86400, 500, 5000
local place = channel .. " " .. ts

local function waiting_at(at)
    for _, member in ipairs(redis.call("ZRANGEBYSCORE", KEYS[1], at, at)) do
        if string.sub(member, 1, #channel + 1) == channel .. " " then return member end
    end
end

local function close(at)
    local member = waiting_at(at)
    if member then redis.call("ZREM", KEYS[1], member) end
    redis.call("ZADD", KEYS[2], at, channel .. " " .. at)
end

local function said(version, asks, seconds)
    local newer = redis.call("ZSCORE", KEYS[3], place)
    if newer and tonumber(newer) > tonumber(version) then return end
    if version ~= ts then redis.call("ZADD", KEYS[3], version, place) end
    local member = place .. " " .. user
    if asks and not redis.call("ZSCORE", KEYS[2], place) then
        redis.call("ZADD", KEYS[1], ts, member)
    else
        redis.call("ZREM", KEYS[1], member)
    end
    -- An edit is no new message.
    if version ~= ts then return end
    local last = redis.call("HGET", KEYS[4], channel)
    local last_ts, last_user = string.match(last or "", "^(%S+) (%S+)$")
    local is_newer = not last_ts or tonumber(last_ts) < tonumber(ts)
    if last_ts and is_newer and last_user ~= user then
        if not asks and ts - last_ts <= seconds then close(last_ts) end
        redis.call("HDEL", KEYS[4], channel)
    end
    if asks and is_newer then redis.call("HSET", KEYS[4], channel, ts .. " " .. user) end
end

if what == "said" then
    said(ARGV[6], ARGV[7] == "1", tonumber(ARGV[8]))
    for i = 9, #ARGV do
        for _, member in ipairs(redis.call("ZRANGEBYSCORE", KEYS[1], "-inf", "(" .. ts)) do
            local where, at, asker = string.match(member, "^(%S+) (%S+) (%S+)$")
            if where == channel and asker == ARGV[i] and asker ~= user then close(at) end
        end
    end
elseif what == "replied" then
    if waiting_at(ts) ~= place .. " " .. user then close(ts) end
else
    close(ts)
end

for _, key in ipairs({ KEYS[1], KEYS[2], KEYS[3] }) do
    redis.call("ZREMRANGEBYSCORE", key, "-inf", "(" .. (now - kept))
    redis.call("EXPIRE", key, kept)
end
redis.call("EXPIRE", KEYS[4], kept)
redis.call("ZREMRANGEBYRANK", KEYS[1], 0, -most - 1)
redis.call("ZREMRANGEBYRANK", KEYS[2], 0, -most_closed - 1)
redis.call("ZREMRANGEBYRANK", KEYS[3], 0, -most_closed - 1)
