-- What each of wrk's threads says on its one connection, and whether every answer has the proof in it. Called with how, proof, directory.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

function init(args)
  how, proof, place = args[1], args[2], args[3]
  requests, turn, good, bad, size = {}, 1, 0, 0, 0
  local file = assert(io.open(place .. "/" .. number, "rb"))
  for length in function() return file:read("*n") end do
    file:read(1)
    table.insert(requests, file:read(length))
  end
  file:close()
end

function request()
  local said = requests[turn]
  if how == "again" then
    turn = turn % #requests + 1
  elseif how == "once" and turn < #requests then
    turn = turn + 1
  end
  return said
end

function response(status, headers, body)
  size = #body
  if status == 200 and body:find(proof, 1, true) then
    good = good + 1
  else
    bad = bad + 1
    keep_sample(status, body)
  end
  if how == "renew" then
    local token = body:match('"refresh_token": *"([^"]+)"')
    if token then requests[turn] = with_token(requests[turn], token) end
    turn = turn % #requests + 1
  end
end

-- The same request with this refresh token, which may be longer or shorter.
function with_token(said, token)
  local head, body = said:match("^(.-\r\n\r\n)(.*)$")
  body = body:gsub("refresh_token=[^&]+", function() return "refresh_token=" .. token end, 1)
  return (head:gsub("Content%-Length: %d+", "Content-Length: " .. #body, 1)) .. body
end

function keep_sample(status, body)
  if bad == 1 then
    local file = io.open(place .. "/bad", "wb")
    file:write(status, " ", body:sub(1, 300))
    file:close()
  end
end

function done(summary, latency)
  local good, bad, size = 0, 0, 0
  for _, thread in ipairs(threads) do
    good, bad = good + thread:get("good"), bad + thread:get("bad")
    size = math.max(size, thread:get("size"))
  end
  local broken = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    '\n{"good": %d, "bad": %d, "broken": %d, "size": %d, "seconds": %f, "p50": %f, "p99": %f}\n',
    good, bad, broken, size, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
