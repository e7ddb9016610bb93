-- The string library: patterns, formats, bytes, packing, UTF-8.
print(("hello world"):upper(), ("Hello"):lower(), ("abc"):rep(3, "-"), ("abc"):reverse(), #"abc")
print(("hello"):sub(2, -2), ("hello"):sub(-3), ("hello"):byte(1, -1))
print(string.char(72, 105), ("x"):byte(), ("äöü"):len(), utf8.len("äöü"))

print(("key = value"):match("^(%w+)%s*=%s*(%w+)$"))
print(("2024-02-29"):match("(%d+)-(%d+)-(%d+)"))
print(("hello world from Lua"):gsub("o", "0"))
print(("hello world"):gsub("(%w+) (%w+)", "%2 %1"))
print(("$name is $age"):gsub("%$(%w+)", { name = "Ann", age = 30 }))
print(("abc"):gsub("%w", function(c) return c:byte() .. "," end))
print(("f(a(b)c)d"):match("%b()"), ("  trim  "):match("^%s*(.-)%s*$") .. "|")
print(("THE (quick) fox"):find("%((%a+)%)"), ("a.b"):find(".", 1, true))
print(("one;two;;four"):gsub(";;", ";nil;"))
print(("%d"):format(42), ("%5.2f|%-8s|%08.3f|%x|%X|%o|%e|%g"):format(3.14159, "ab", 2.5, 255, 255, 8, 12345.678, 1e20))
print(("%q"):format('a "quoted"\n\0string'), ("%i|%c|%%|%10.4s|"):format(7, 65, "abcdefgh"))
print(("%a"):format(1), tostring(1e15), tostring(2^53), 1e100, -0.0, 1/0, -1/0, 10 // 3, -7 // 2, -7 % 3, 7.5 // 2)
print(math.maxinteger, math.mininteger, math.maxinteger + 1 == math.mininteger, 5 // 0.0, 3 | 4, ~5, 1 << 62, "10" + 5, "3" * "4")
print(tostring(3) == "3", tonumber("0x1p4"), tonumber("  12  "), tonumber("1e1"), tonumber("abc"), tonumber("zz", 36), tonumber("8", 8))

for _, code in utf8.codes("aé☃𝄞") do io.write(code, " ") end
print(utf8.char(97, 233, 9731, 119070), utf8.codepoint("☃"), utf8.offset("aé☃", 3))

local packed = string.pack("<i4 >I2 z s1 d", -2, 513, "zero", "counted", 0.5)
print(#packed, packed:byte(1, 6))
print(string.unpack("<i4 >I2 z s1 d", packed))
print(pcall(string.rep, "x", -1), pcall(string.format, "%d", 1.5))
print(pcall(string.rep, "x", 1 << 40))

-- A small lexer, by patterns.
local source = "local x = 10 + y1 * (3.5 - 'text') -- comment\nreturn x"
local position, kinds = 1, {}
local rules = {
  { "^%s+", nil }, { "^%-%-[^\n]*", "comment" }, { "^%a[%w_]*", "name" },
  { "^%d+%.?%d*", "number" }, { "^'[^']*'", "string" }, { "^[%+%-%*/=%(%)]", "operator" },
}
while position <= #source do
  for _, rule in ipairs(rules) do
    local first, last = source:find(rule[1], position)
    if first then
      if rule[2] then kinds[#kinds + 1] = rule[2] .. ":" .. source:sub(first, last) end
      position = last + 1
      break
    end
  end
end
print(table.concat(kinds, " "))

-- Building long strings: the collector has work.
local pieces = {}
for i = 1, 20000 do pieces[#pieces + 1] = ("%d;"):format(i * i) end
local long = table.concat(pieces)
local sum = 0
for n in long:gmatch("%d+") do sum = sum + tonumber(n) end
print(#long, sum)
