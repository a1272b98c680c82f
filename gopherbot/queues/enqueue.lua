-- Enqueues messages, all or none. A command whose reply was lost is sent again, and skips a message
-- that still waits or is in flight. One that a worker has finished meanwhile is enqueued again; the
-- ledger lets it have no second effect.
-- KEYS  for each message: its queue's hash of messages, its queue's list
-- ARGV  for each message: its id, the message
for i = 1, #KEYS, 2 do
    if redis.call("HSETNX", KEYS[i], ARGV[i], ARGV[i + 1]) == 1 then
        redis.call("RPUSH", KEYS[i + 1], ARGV[i])
    end
end
