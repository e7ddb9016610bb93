-- A JSON reader and writer: text to tables and back, with much allocation.
local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }
local null = {}

local function fail(position, what) error(("%s at %d"):format(what, position), 0) end

local parse

local function skip(text, position) return text:find("[^ \t\r\n]", position) or #text + 1 end

local function parse_string(text, position)
  local pieces = {}
  while true do
    local stop = text:find('["\\]', position)
    if not stop then fail(position, "unended string") end
    pieces[#pieces + 1] = text:sub(position, stop - 1)
    if text:sub(stop, stop) == '"' then return table.concat(pieces), stop + 1 end
    local kind = text:sub(stop + 1, stop + 1)
    if kind == "u" then
      pieces[#pieces + 1] = utf8.char(tonumber(text:sub(stop + 2, stop + 5), 16))
      position = stop + 6
    else
      pieces[#pieces + 1] = escapes[kind] or fail(stop, "wrong escape")
      position = stop + 2
    end
  end
end

local function parse_list(text, position, close, item)
  local result = {}
  position = skip(text, position)
  if text:sub(position, position) == close then return result, position + 1 end
  while true do
    position = item(text, skip(text, position), result)
    position = skip(text, position)
    local c = text:sub(position, position)
    if c == close then return result, position + 1 end
    if c ~= "," then fail(position, "expected , or " .. close) end
    position = position + 1
  end
end

function parse(text, position)
  local c = text:sub(position, position)
  if c == "{" then
    return parse_list(text, position + 1, "}", function(text, position, result)
      local key, value
      key, position = parse_string(text, position + 1)
      position = skip(text, position)
      value, position = parse(text, skip(text, position + 1))
      result[key] = value
      return position
    end)
  elseif c == "[" then
    return parse_list(text, position + 1, "]", function(text, position, result)
      result[#result + 1], position = parse(text, position)
      return position
    end)
  elseif c == '"' then
    return parse_string(text, position + 1)
  elseif text:find("^true", position) then
    return true, position + 4
  elseif text:find("^false", position) then
    return false, position + 5
  elseif text:find("^null", position) then
    return null, position + 4
  end
  local number = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", position)
  if not number then fail(position, "unexpected character") end
  return tonumber(number), position + #number
end

local function write(value, out)
  if value == null then
    out[#out + 1] = "null"
  elseif type(value) == "table" then
    if #value > 0 or next(value) == nil then
      out[#out + 1] = "["
      for i, item in ipairs(value) do
        if i > 1 then out[#out + 1] = "," end
        write(item, out)
      end
      out[#out + 1] = "]"
    else
      local keys = {}
      for key in pairs(value) do keys[#keys + 1] = key end
      table.sort(keys)
      out[#out + 1] = "{"
      for i, key in ipairs(keys) do
        if i > 1 then out[#out + 1] = "," end
        out[#out + 1] = ("%q:"):format(key)
        write(value[key], out)
      end
      out[#out + 1] = "}"
    end
  elseif type(value) == "string" then
    out[#out + 1] = '"' .. value:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
  else
    out[#out + 1] = tostring(value)
  end
end

local file = assert(io.open(arg[1]))
local records = parse(file:read("a"), 1)
file:close()
local price, tags, cities = 0, 0, {}
for _, record in ipairs(records) do
  price = price + record.price
  tags = tags + #record.tags
  cities[record.address.city] = (cities[record.address.city] or 0) + 1
end
local names = {}
for city, count in pairs(cities) do names[#names + 1] = ("%s=%d"):format(city, count) end
table.sort(names)
print(#records, ("%.2f"):format(price), tags, table.concat(names, " "))
local out = {}
write(records, out)
local text = table.concat(out)
local check = 0
for i = 1, #text do check = (check * 31 + text:byte(i)) % 1000000007 end
print(#text, check)
print(pcall(parse, '["a" "b"]', 1))
print(pcall(parse, '["\\x"]', 1))
