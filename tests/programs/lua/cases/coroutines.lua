-- Coroutines, errors inside them, and both mixed.
local function generate(n)
  return coroutine.wrap(function()
    for i = 1, n do coroutine.yield(i) end
  end)
end
local total = 0
for i in generate(10000) do total = total + i end
print(total)

local function permutations(list, n)
  n = n or #list
  if n <= 1 then
    coroutine.yield(table.concat(list))
  else
    for i = 1, n do
      list[n], list[i] = list[i], list[n]
      permutations(list, n - 1)
      list[n], list[i] = list[i], list[n]
    end
  end
end
for text in coroutine.wrap(function() permutations({ "a", "b", "c", "d" }) end) do io.write(text, " ") end
print()

local co = coroutine.create(function(a, b)
  print("started with", a, b)
  local c = coroutine.yield(a + b)
  print("got", c)
  local d, e = coroutine.yield(c * 2)
  print("got", d, e)
  error({ code = 42 })
end)
print(coroutine.resume(co, 1, 2))
print(coroutine.resume(co, 10))
local ok, problem = coroutine.resume(co, "x", "y")
print(ok, type(problem), problem.code, coroutine.status(co))
print(coroutine.resume(co))

-- yield across pcall, and errors that pass through coroutines
local guarded = coroutine.wrap(function()
  local ok, message = pcall(function()
    coroutine.yield("inside pcall")
    error("after the yield", 0)
  end)
  coroutine.yield(tostring(ok) .. " " .. message)
  return "end"
end)
print(guarded(), guarded(), guarded())

local producer = coroutine.create(function()
  for _, item in ipairs({ "one", "two", "three" }) do coroutine.yield(item) end
end)
local filter = coroutine.create(function()
  while true do
    local _, item = coroutine.resume(producer)
    if not item then return end
    coroutine.yield(item:upper())
  end
end)
while true do
  local _, item = coroutine.resume(filter)
  if not item then break end
  io.write(item, " ")
end
print(coroutine.status(producer), coroutine.isyieldable())

-- many at once
local all = {}
for i = 1, 2000 do
  all[i] = coroutine.create(function() local n = i while true do n = n + coroutine.yield(n) end end)
  coroutine.resume(all[i])
end
local sum = 0
for round = 1, 5 do
  for i = 1, #all do
    local _, n = coroutine.resume(all[i], round)
    sum = sum + n
  end
end
print(sum)
local closing = coroutine.create(function()
  local x <close> = setmetatable({}, { __close = function() print("closed early") end })
  coroutine.yield()
end)
coroutine.resume(closing)
print(coroutine.close(closing), coroutine.status(closing))
