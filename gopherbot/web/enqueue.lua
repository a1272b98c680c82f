-- Puts messages into their queues, all or none.
-- KEYS[1] the app's name, which all keys start with
-- ARGV    queue, id, message, queue, id, message, …
for i = 1, #ARGV, 3 do
    local key = KEYS[1] .. ":" .. ARGV[i]
    redis.call("HSET", key .. ".msgs", ARGV[i + 1], ARGV[i + 2])
    redis.call("RPUSH", key, ARGV[i + 1])
end
