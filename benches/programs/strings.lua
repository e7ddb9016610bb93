-- Strings: formatting, patterns, concatenation, a table of words.
local size = tonumber(arg[1])
local sum = 0

for round = 1, size do
  local parts = {}
  for i = 1, 200 do
    parts[#parts + 1] = string.format('%s-%d:%05.1f', i % 3 == 0 and 'fizz' or 'word', i * round, i / 8)
  end
  local text = table.concat(parts, ' ')
  local counts = {}
  for word, number in text:gmatch('(%a+)%-(%d+)') do
    counts[word] = (counts[word] or 0) + tonumber(number) % 10
  end
  local upper = text:gsub('word', function(w) return w:upper() end)
  local reversed = upper:reverse():sub(1, 100)
  for i = 1, #reversed do sum = (sum * 31 + reversed:byte(i)) % 1000003 end
  sum = (sum + counts.fizz * 7 + counts.word) % 1000003
  if upper:find('WORD-%d+:', 500) then sum = sum + 1 end
end
print('strings', sum)
