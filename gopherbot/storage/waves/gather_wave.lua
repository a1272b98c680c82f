-- Notes that messages make a wave: the one that has any of them already, or one of their authors
-- and isn't called fine; or else a new one. So no member makes more than one card an hour.
-- KEYS  the waves by when they were last seen (Unix seconds)
-- ARGV  now in Unix seconds, the seconds for which a wave is kept, the most waves, the beginning of
--       the keys of waves, the latest sighting, "1" if only its links are the same; then for each
--       message its place ("CHANNEL TS") and its author's digest
-- Returns the wave's id.
local now, kept, most, prefix, sighting = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local first = 7 -- the first place
local hour = 3600

local function known()
    for _, id in ipairs(redis.call("ZRANGEBYSCORE", KEYS[1], now - hour, "+inf")) do
        local fields = redis.call("HGETALL", prefix .. id)
        local has, fine = {}, false
        for i = 1, #fields, 2 do
            fine = fine or fields[i] == "@fine"
            has[fields[i]], has[fields[i + 1]] = true, true
        end
        for i = first, #ARGV, 2 do
            if has[ARGV[i]] or (has[ARGV[i + 1]] and not fine) then return id end
        end
    end
end

local id = known() or string.gsub(ARGV[first], " ", ":")
local wave = prefix .. id
for i = first, #ARGV, 2 do redis.call("HSET", wave, ARGV[i], ARGV[i + 1]) end
-- What is called fine is what the card quotes: the first.
redis.call("HSETNX", wave, "@sighting", sighting)
redis.call("HSET", wave, "@by_link", ARGV[6])
redis.call("EXPIRE", wave, kept)
redis.call("ZADD", KEYS[1], now, id)
redis.call("EXPIRE", KEYS[1], kept)
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - kept)
redis.call("ZREMRANGEBYRANK", KEYS[1], 0, -most - 1)
return id
