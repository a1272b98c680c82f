-- Files a report with the open case of what it is about, or with a new case. Safe to repeat.
-- KEYS  the case of this report, the open case of the reported message ("" of a report about none),
--       the member's reports of this hour
-- ARGV  the prefix of cases, the report's id, the case that this report must leave or "", the most
--       reports per hour, seconds to keep a case, seconds to remember the report
-- Returns the case's id, or "limited".
local prefix, report, closed, most, kept, remembered = unpack(ARGV)
local known = redis.call("GET", KEYS[1])
if known and known ~= closed then
    return known
end
if not known then
    local made = redis.call("INCR", KEYS[3])
    redis.call("EXPIRE", KEYS[3], 3600)
    if made > tonumber(most) then
        redis.call("SET", KEYS[1], "limited", "EX", remembered)
        return "limited"
    end
end
local case = redis.call("GET", KEYS[2])
if not case or redis.call("HGET", prefix .. case, "state") ~= "open" then
    case = known and known .. "+" .. report or report
    redis.call("HSET", prefix .. case, "state", "open", "place", KEYS[2], "count", 0, "version", 0)
    redis.call("SET", KEYS[2], case, "EX", kept)
end
local key = prefix .. case
redis.call("HINCRBY", key, "version", 1)
-- Not members: of one who reported twice, once by name, that would tell who was anonymous.
redis.call("HINCRBY", key, "count", 1)
redis.call("EXPIRE", key, kept)
redis.call("SET", KEYS[1], case, "EX", remembered)
return case
