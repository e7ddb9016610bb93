"""Threads, queues, pools and asyncio."""
import asyncio, concurrent.futures, multiprocessing, os, queue, threading, time


def work(number):
    return sum(i * i for i in range(number * 1000))


with concurrent.futures.ThreadPoolExecutor(4) as pool:
    print(list(pool.map(work, range(8))))

items, results = queue.Queue(3), []


def consumer():
    while (item := items.get()) is not None:
        results.append(item)


threads = [threading.Thread(target=consumer) for _ in range(3)]
for thread in threads:
    thread.start()
for item in range(100):
    items.put(item)
for _ in threads:
    items.put(None)
for thread in threads:
    thread.join()
print(sorted(results) == list(range(100)), threading.active_count())

condition, turns = threading.Condition(), []


def player(mine):
    for _ in range(5):
        with condition:
            condition.wait_for(lambda: len(turns) % 2 == mine)
            turns.append("ab"[mine])
            condition.notify()


pair = [threading.Thread(target=player, args=(n,)) for n in (1, 0)]
for thread in pair:
    thread.start()
for thread in pair:
    thread.join()
print("".join(turns))

local = threading.local()
local.value = 1
other = threading.Thread(target=lambda: print(hasattr(local, "value")))
other.start()
other.join()


async def sleeper(name, seconds):
    await asyncio.sleep(seconds)
    return name


async def main():
    print(await asyncio.gather(sleeper("slow", 0.1), sleeper("quick", 0)))
    process = await asyncio.create_subprocess_exec("echo", "hi", stdout=asyncio.subprocess.PIPE)
    print(await process.communicate(), process.returncode)
    print(await asyncio.to_thread(work, 3))
    try:
        await asyncio.wait_for(asyncio.sleep(30), 0.05)
    except asyncio.TimeoutError:
        print("too long")


asyncio.run(main())

start = time.monotonic()
print(threading.Event().wait(0.05), time.monotonic() - start >= 0.05)


def child(connection, numbers):
    connection.send([number**2 for number in numbers])


context = multiprocessing.get_context("fork")
ours, theirs = context.Pipe()
process = context.Process(target=child, args=(theirs, range(5)))
process.start()
print(ours.recv())
process.join()
print(process.exitcode)
