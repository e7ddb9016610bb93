-- Tables, metatables, closures and calls: a crowd of objects that move about.
local size = tonumber(arg[1])

local Walker = {}
Walker.__index = Walker

function Walker.new(seed)
  local state = seed
  local function random(n)
    state = (state * 1103515245 + 12345) & 0x7fffffff
    return (state >> 8) % n
  end
  return setmetatable({ x = 0, y = 0, random = random, seen = {} }, Walker)
end

function Walker:step()
  local direction = self.random(4)
  if direction == 0 then self.x = self.x + 1
  elseif direction == 1 then self.x = self.x - 1
  elseif direction == 2 then self.y = self.y + 1
  else self.y = self.y - 1 end
  local place = self.x * 1000 + self.y
  self.seen[place] = (self.seen[place] or 0) + 1
end

local Counter = setmetatable({}, { __index = Walker })
Counter.__index = Counter

function Counter.new(seed)
  local counter = setmetatable(Walker.new(seed), Counter)
  counter.steps = 0
  return counter
end

function Counter:step()
  self.steps = self.steps + 1
  Walker.step(self)
end

local crowd = {}
for i = 1, 50 do
  crowd[i] = i % 2 == 0 and Walker.new(i) or Counter.new(i)
end
for _ = 1, size do
  for _, walker in ipairs(crowd) do walker:step() end
end

local places, steps, most = 0, 0, 0
for _, walker in ipairs(crowd) do
  for _, count in pairs(walker.seen) do
    places = places + 1
    if count > most then most = count end
  end
  steps = steps + (walker.steps or 0)
end
print('objects', places, steps, most)
