-- Writes what became of an effect, if the attempt still has its claim.
-- KEYS  the event's hash in the ledger
-- ARGV  effect, worker id, token of the attempt, what to write ("" removes the claim),
--       seconds the entry is kept
-- Returns 1 if that is written now, 0 if somebody else has the claim and nothing was written.
local effect, worker, token, outcome, kept = unpack(ARGV)
local entry = redis.call("HGET", KEYS[1], effect)
local its_token, its_worker = string.match(entry or "", "^claimed (%S+) %d+ (.*)$")
if its_token ~= token or its_worker ~= worker then
    -- The same command may come twice: its first answer was lost.
    return (entry or "") == outcome and 1 or 0
end
if outcome == "" then
    redis.call("HDEL", KEYS[1], effect)
else
    redis.call("HSET", KEYS[1], effect, outcome)
    redis.call("EXPIRE", KEYS[1], kept)
end
return 1
