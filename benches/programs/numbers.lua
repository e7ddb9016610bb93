-- Numbers: arrays of floats, integer arithmetic, sorting.
local size = tonumber(arg[1])

local function spectral(n)
  local function a(i, j) return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1) end
  local u, v = {}, {}
  for i = 1, n do u[i] = 1.0 end
  for i = 1, n do
    local sum = 0.0
    for j = 1, n do sum = sum + a(i - 1, j - 1) * u[j] end
    v[i] = sum
  end
  return v[1] + v[n]
end

local total, state = 0.0, 42
local values = {}
for round = 1, size do
  total = total + spectral(100 + round % 10)
  for i = 1, 2000 do
    state = (state * 1103515245 + 12345) & 0x7fffffff
    values[i] = state >> 4
  end
  table.sort(values)
  total = total + values[1000] % 1000
end
print(string.format('numbers %.6f', total))
