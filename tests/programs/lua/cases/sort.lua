-- Sorting in several ways: the library's, with comparison functions, by hand.
local count = tonumber(arg and arg[1]) or 20000

local function numbers(n)
  local list, x = {}, 1
  for i = 1, n do
    x = (x * 7919 + 104729) % 1000003
    list[i] = x
  end
  return list
end

local function is_sorted(list, less)
  less = less or function(a, b) return a < b end
  for i = 2, #list do
    if less(list[i], list[i - 1]) then return false end
  end
  return true
end

local function quicksort(list, low, high)
  while low < high do
    local pivot, i, j = list[(low + high) // 2], low, high
    while i <= j do
      while list[i] < pivot do i = i + 1 end
      while list[j] > pivot do j = j - 1 end
      if i <= j then
        list[i], list[j] = list[j], list[i]
        i, j = i + 1, j - 1
      end
    end
    if j - low < high - i then
      quicksort(list, low, j)
      low = i
    else
      quicksort(list, i, high)
      high = j
    end
  end
end

local function heapsort(list)
  local n = #list
  local function sift(i, last)
    while 2 * i <= last do
      local child = 2 * i
      if child < last and list[child] < list[child + 1] then child = child + 1 end
      if list[i] >= list[child] then return end
      list[i], list[child] = list[child], list[i]
      i = child
    end
  end
  for i = n // 2, 1, -1 do sift(i, n) end
  for last = n, 2, -1 do
    list[1], list[last] = list[last], list[1]
    sift(1, last - 1)
  end
end

local list = numbers(count)
table.sort(list)
print("table.sort", is_sorted(list), list[1], list[#list])

list = numbers(count)
table.sort(list, function(a, b) return a > b end)
print("descending", is_sorted(list, function(a, b) return a > b end), list[1])

list = numbers(count)
quicksort(list, 1, #list)
print("quicksort", is_sorted(list))

list = numbers(count)
heapsort(list)
print("heapsort", is_sorted(list))

local words = {}
for word in ([[the quick brown fox jumps over the lazy dog and runs away]]):gmatch("%a+") do
  words[#words + 1] = word
end
table.sort(words, function(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end)
print(table.concat(words, " "))

print(pcall(table.sort, { 3, 1, "x", 2 }))
