"""Of the language a bit of everything."""
import sys
from dataclasses import dataclass, field
from enum import Enum


@dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list = field(default_factory=list, compare=False)

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y


class Colour(Enum):
    RED = 1
    GREEN = 2


def primes():
    found = []
    number = 2
    while True:
        if all(number % prime for prime in found):
            found.append(number)
            yield number
        number += 1


async def twice(value):
    return value * 2


def shape(value):
    match value:
        case []:
            return "empty"
        case [first, *rest]:
            return f"{first!r} and {len(rest)} more"
        case {"kind": str(kind), **others}:
            return f"a {kind} with {sorted(others)}"
        case Point(x=0):
            return "on the axis"
        case int() | float() if value > 1e6:
            return "large"
        case _:
            return type(value).__name__


print(sys.argv[1:])
print([prime for prime, _ in zip(primes(), range(12))])
print(Point(1, 2) @ Point(3, 4), sorted([Point(2), Point(1, 5), Point(1, 2)]))
print(list(Colour), Colour["RED"].value)
print([shape(v) for v in ([], [1, 2, 3], {"kind": "x", "b": 1, "a": 2}, Point(0, 1), 1e7, "s")])
coroutine = twice(21)
try:
    coroutine.send(None)
except StopIteration as stop:
    print(stop.value)
try:
    raise ExceptionGroup("several", [ValueError(1), TypeError("two")])
except* ValueError as group:
    print("values", group.exceptions)
except* TypeError as group:
    print("types", group.exceptions)
print(2**200, -7 // 2, -7 % 3, 0.1 + 0.2, 1e308 * 10, round(2.5), (1 + 2j) ** 2)
print("äöü€😀".encode(), b"\xc3\xa4".decode(), "ß".upper(), f"{3.14159:>10.2f}|{255:#x}|{'é':^5}")
print({*range(5)} ^ {*range(3, 8)}, dict(zip("abc", range(3))) | {"b": 9})
with open("lines", "w+", encoding="utf-8") as file:
    file.writelines(f"{n}\n" for n in range(1000))
    file.seek(0)
    print(sum(int(line) for line in file))


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


print(deep(900))
try:
    deep(10**6)
except RecursionError as error:
    print(error)
