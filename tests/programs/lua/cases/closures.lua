-- Closures, metatables, varargs, goto, integer and float loops, the collector.
local function counter(start)
  local n = start
  return function() n = n + 1 return n end, function() return n end
end
local up, value = counter(10)
up() up()
print(value(), up())

local functions = {}
for i = 1, 5 do functions[i] = function() i = i * 2 return i end end
print(functions[1](), functions[1](), functions[5](), functions[2]())

local Point = {}
Point.__index = Point
Point.__add = function(a, b) return Point.new(a.x + b.x, a.y + b.y) end
Point.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Point.__lt = function(a, b) return a.x < b.x end
Point.__le = function(a, b) return a.x <= b.x end
Point.__tostring = function(p) return ("(%g, %g)"):format(p.x, p.y) end
Point.__call = function(p, n) return p.x * n end
Point.__len = function(p) return 2 end
Point.__concat = function(a, b) return tostring(a) .. tostring(b) end
Point.__unm = function(p) return Point.new(-p.x, -p.y) end
Point.__close = function(p) print("closed", p) end
function Point.new(x, y) return setmetatable({ x = x, y = y }, Point) end
local a, b = Point.new(1, 2), Point.new(3, 4)
print(tostring(a + b), a == Point.new(1, 2), a < b, a <= b, a(7), #a, a .. b, tostring(-a))
do
  local guarded <close> = Point.new(5, 6)
  print("inside")
end

local proxy = setmetatable({}, {
  __index = function(_, key) return key .. "!" end,
  __newindex = function(t, key, new) rawset(t, key, new * 2) end,
})
proxy.x = 21
print(proxy.x, proxy.missing, rawget(proxy, "missing"))

local function sum(...)
  local total = 0
  for _, n in ipairs({ ... }) do total = total + n end
  return total, select("#", ...)
end
print(sum(1, 2, 3), (sum(4, 5)), select(-1, "a", "b"), table.unpack({ 1, 2, 3 }, 2))
print(table.pack(nil, 2, nil).n, #table.pack())

for i = 10, 1, -3 do io.write(i, " ") end
for x = 0.0, 1.0, 0.25 do io.write(x, " ") end
print()
for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto continue end
    io.write(i, ":", j, " ")
    ::continue::
  end
end
print()

local memo = setmetatable({}, { __mode = "k" })
for i = 1, 1000 do memo[{}] = i end
collectgarbage()
collectgarbage()
local left = 0
for _ in pairs(memo) do left = left + 1 end
print("weak entries left", left)
local finalized = 0
for i = 1, 100 do setmetatable({}, { __gc = function() finalized = finalized + 1 end }) end
collectgarbage()
print("finalized", finalized)
collectgarbage("generational")
for i = 1, 50000 do local t = { i, { i } } end
collectgarbage("incremental")
print(collectgarbage("count") < 20000)

local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print(fib(24))
print((function(n) local f f = function(k) if k == 0 then return "tail" end return f(k - 1) end return f(n) end)(200000))
print(load("return 1 + 1")(), load("syntax error here"))
print(#string.dump(fib) > 100, load(string.dump(function(x) return x * 2 end))(21))
