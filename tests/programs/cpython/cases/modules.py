"""Modules that are written in C."""
import array, binascii, bisect, cmath, collections, csv, datetime, decimal, fractions
import functools, hashlib, heapq, io, itertools, json, math, mmap, os, pickle, random, re
import statistics, struct, time, unicodedata
import xml.etree.ElementTree as etree

record = {"text": "ä\n\"", "numbers": [1, -2.5, 1e100, None, True], "nested": {"a": {}}}
assert json.loads(json.dumps(record)) == record == pickle.loads(pickle.dumps(record))
with open("written.json", "w") as file:
    json.dump(record, file, indent=1, sort_keys=True)
print(re.sub(r"(\w+) (\w+)", r"\2 \1", "one two three four"), re.findall(r"(?i)[a-c]+|\d+", "Abc12xyzCAB"))
print(math.fsum([0.1] * 10), math.gamma(5.5), math.comb(50, 25), cmath.sqrt(-2), math.nextafter(1, 2))
print(decimal.Decimal(2).sqrt(), fractions.Fraction(355, 113) + 1, statistics.stdev([1, 2, 4, 8]))
random.seed(7)
print(random.random(), random.randint(1, 10**20), random.sample(range(100), 5))
print(struct.pack("<iqd", -1, 2**40, 1.5).hex(), struct.calcsize("hbi"), array.array("h", [1, -2]).tobytes())
for name in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b"):
    print(name, hashlib.new(name, b"abc").hexdigest()[:32])
print(binascii.crc32(b"hello"), binascii.b2a_base64(bytes(range(10))))
print(datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc).isoformat())
print(datetime.date.fromordinal(738000) + datetime.timedelta(weeks=3), time.strftime("%a %d %b", time.gmtime(0)))
print(unicodedata.name("ß"), unicodedata.normalize("NFD", "é").encode())
print(collections.Counter("mississippi").most_common(), heapq.nsmallest(3, [5, 1, 4, 2]))
print(list(itertools.islice(itertools.permutations("abc"), 4)), functools.reduce(lambda a, b: a * b, range(1, 20)))
print(list(csv.reader(io.StringIO('a,"b,c",d\n1,2,3\n'))), bisect.bisect([1, 3, 5], 4))
root = etree.fromstring("<a x='1'><b>t</b><b/></a>")
print([child.tag for child in root], etree.tostring(root))
with open("mapped", "wb+") as file:
    file.write(b"x" * 10000)
    file.flush()
    with mmap.mmap(file.fileno(), 0) as mapped:
        mapped[5000:5005] = b"hello"
        print(mapped.find(b"hello"), len(mapped))
    file.seek(4998)
    print(file.read(9))
os.remove("mapped")
