-- Errors: pcall, xpcall, error objects, tracebacks, stack overflow, memory limits.
print(pcall(error, "message"))
print(pcall(error, "message", 0))
print(pcall(error))
print(type(select(2, pcall(error, { 1, 2 }))))
print(select(2, pcall(function() error("with position") end)))
print(select(2, pcall(function() error("level 2", 2) end)))
print(select(2, pcall(function() return nil + 1 end)))
print(select(2, pcall(function() return {} .. "x" end)))
print(select(2, pcall(function() local t t.x = 1 end)))
print(select(2, pcall(function() return #5 end)))
print(select(2, pcall(function() return 1 < "2" end)))
print(select(2, pcall(function() return 1 // 0 end)))
print(select(2, pcall(function() return 2^53 | 0.5 end)))
print(select(2, pcall(function() undefined_function() end)))
print(select(2, pcall(string.rep)))
print(select(2, pcall(setmetatable, 1, {})))

print(xpcall(function() error("handled", 0) end, function(m) return "<" .. m .. ">" end))
print((xpcall(function(...) return select("#", ...) end, print, 1, 2, 3)))
local trace = select(2, xpcall(function() local function deep(n) if n == 0 then error("deep") end deep(n - 1) return 1 end deep(3) end, debug.traceback))
print((trace:gsub("%s+", " ")))

local depth = 0
local function nest(n)
  depth = depth + 1
  local ok, message = pcall(function()
    if n == 0 then error("bottom", 0) end
    local ok, message = nest(n - 1)
    error(message .. "<" .. n, 0)
  end)
  return ok, message
end
print(nest(10))

local function endless(n) return 1 + endless(n + 1) end
local ok, message = pcall(endless, 1)
print(ok, (tostring(message):match("stack overflow")))

local object = setmetatable({ code = 7 }, { __tostring = function(e) return "error object " .. e.code end })
local ok, caught = pcall(error, object)
print(ok, caught == object, tostring(caught))
print(select("#", pcall(function() return 1, nil, 3, nil end)))
print(pcall(pcall, error, "nested"))
assert(true)
print(pcall(assert, false, "assertion"))
print(pcall(assert, nil))
print(pcall(assert))
local count = 0
for i = 1, 20000 do
  local ok = pcall(function() if i % 3 == 0 then error(i) end end)
  if not ok then count = count + 1 end
end
print("errors", count)
warn("@on")
warn("a warning")
error("the end, uncaught")
