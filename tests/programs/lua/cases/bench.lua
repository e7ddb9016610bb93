-- Small benchmarks that print results, not times.
local function queens(n)
  local solutions, columns, up, down = 0, {}, {}, {}
  local function place(row)
    if row > n then solutions = solutions + 1 return end
    for column = 1, n do
      if not (columns[column] or up[row + column] or down[row - column]) then
        columns[column], up[row + column], down[row - column] = true, true, true
        place(row + 1)
        columns[column], up[row + column], down[row - column] = nil, nil, nil
      end
    end
  end
  place(1)
  return solutions
end

local function sieve(limit)
  local composite, count = {}, 0
  for i = 2, limit do
    if not composite[i] then
      count = count + 1
      for k = i * i, limit, i do composite[k] = true end
    end
  end
  return count
end

local function mandelbrot(size)
  local inside = 0
  for y = 0, size - 1 do
    for x = 0, size - 1 do
      local cr, ci = 2.0 * x / size - 1.5, 2.0 * y / size - 1.0
      local zr, zi, n = 0.0, 0.0, 0
      while n < 50 and zr * zr + zi * zi < 4.0 do
        zr, zi, n = zr * zr - zi * zi + cr, 2 * zr * zi + ci, n + 1
      end
      if n == 50 then inside = inside + 1 end
    end
  end
  return inside
end

local function spectral(n)
  local function a(i, j) return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1) end
  local u, v = {}, {}
  for i = 0, n - 1 do u[i] = 1.0 end
  local function multiply(from, to, transposed)
    for i = 0, n - 1 do
      local sum = 0.0
      for j = 0, n - 1 do sum = sum + (transposed and a(j, i) or a(i, j)) * from[j] end
      to[i] = sum
    end
  end
  local w = {}
  for _ = 1, 5 do
    multiply(u, w) multiply(w, v, true)
    multiply(v, w) multiply(w, u, true)
  end
  local uv, vv = 0.0, 0.0
  for i = 0, n - 1 do uv, vv = uv + u[i] * v[i], vv + v[i] * v[i] end
  return math.sqrt(uv / vv)
end

print("queens", queens(8))
print("sieve", sieve(200000))
print("mandelbrot", mandelbrot(120))
print(("spectral %.9f"):format(spectral(60)))
