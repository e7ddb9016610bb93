// C++'s own threads.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static std::atomic<int> alive, made;

struct Tracked {
    int value = 1;
    Tracked() { alive++, made++; }
    ~Tracked() { alive--; }
};

static thread_local Tracked tracked;
static thread_local std::string name = "nobody";

static void local_objects()
{
    std::vector<std::thread> threads;
    std::mutex lock;
    std::map<int, std::string> names;
    for (int i = 0; i < 6; i++)
        threads.emplace_back([&, i] {
            tracked.value += i;
            name += " but " + std::to_string(tracked.value);
            std::lock_guard guard(lock);
            names[i] = name;
        });
    for (auto &thread : threads)
        thread.join();
    for (auto &[number, text] : names)
        std::printf("%d: %s\n", number, text.c_str());
    std::printf("mine: %s\n", name.c_str());
    std::printf("made %d, alive %d\n", made.load(), alive.load());
}

static void futures()
{
    std::vector<std::future<long>> parts;
    for (int i = 0; i < 8; i++)
        parts.push_back(std::async(std::launch::async, [i] {
            std::vector<long> numbers(1000);
            std::iota(numbers.begin(), numbers.end(), i * 1000);
            return std::accumulate(numbers.begin(), numbers.end(), 0L);
        }));
    long sum = 0;
    for (auto &part : parts)
        sum += part.get();
    std::printf("sum %ld\n", sum);

    auto failing = std::async(std::launch::async, []() -> int {
        throw std::out_of_range("on another thread");
    });
    try {
        failing.get();
    } catch (const std::out_of_range &error) {
        std::printf("caught: %s\n", error.what());
    }

    std::promise<std::unique_ptr<int>> promise;
    auto future = promise.get_future();
    std::thread giver([&] { promise.set_value(std::make_unique<int>(42)); });
    std::printf("given: %d\n", *future.get());
    giver.join();
}

// Exceptions on many threads at once.
static int thrower(int depth)
{
    std::string text(depth, 'x');
    if (depth % 3 == 0)
        throw std::runtime_error(text);
    if (depth % 3 == 1)
        throw depth;
    return depth;
}

static void exceptions()
{
    std::vector<std::thread> threads;
    std::atomic<long long> total{0};
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&] {
            long long sum = 0;
            for (int n = 0; n < 500; n++) {
                try {
                    try {
                        sum += thrower(n % 50);
                    } catch (int number) {
                        sum += number * 1000;
                        throw;
                    }
                } catch (const std::exception &error) {
                    sum += static_cast<long long>(std::strlen(error.what())) * 1000000;
                } catch (...) {
                    sum += 7;
                }
            }
            total += sum;
        });
    for (auto &thread : threads)
        thread.join();
    std::printf("total %lld\n", total.load());
}

class Queue {
    std::mutex lock;
    std::condition_variable changed;
    std::vector<int> items;
    bool closed = false;

public:
    void push(int item)
    {
        std::unique_lock guard(lock);
        changed.wait(guard, [&] { return items.size() < 4; });
        items.push_back(item);
        changed.notify_all();
    }
    bool pop(int &item)
    {
        std::unique_lock guard(lock);
        changed.wait(guard, [&] { return !items.empty() || closed; });
        if (items.empty())
            return false;
        item = items.back();
        items.pop_back();
        changed.notify_all();
        return true;
    }
    void close()
    {
        std::lock_guard guard(lock);
        closed = true;
        changed.notify_all();
    }
};

static void queues()
{
    Queue queue;
    std::atomic<long> sum{0};
    std::vector<std::thread> consumers, producers;
    for (int i = 0; i < 3; i++)
        consumers.emplace_back([&] {
            for (int item; queue.pop(item);)
                sum += item;
        });
    for (int i = 0; i < 2; i++)
        producers.emplace_back([&, i] {
            for (int n = 0; n < 300; n++)
                queue.push(n * 2 + i);
        });
    for (auto &producer : producers)
        producer.join();
    queue.close();
    for (auto &consumer : consumers)
        consumer.join();
    std::printf("queue %ld\n", sum.load());

    std::shared_mutex shared;
    long guarded = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&, i] {
            for (int n = 0; n < 200; n++) {
                if (n % 4 == i) {
                    std::unique_lock guard(shared);
                    guarded++;
                } else {
                    std::shared_lock guard(shared);
                }
            }
        });
    for (auto &thread : threads)
        thread.join();
    std::once_flag once;
    int called = 0;
    std::thread other([&] { std::call_once(once, [&] { called++; }); });
    std::call_once(once, [&] { called++; });
    other.join();
    std::mutex mutex;
    std::unique_lock guard(mutex);
    std::condition_variable never;
    auto status = never.wait_for(guard, std::chrono::milliseconds(5));
    std::printf("guarded %ld, once %d, timeout %d\n", guarded, called,
                status == std::cv_status::timeout);
}

int main(int argc, char **)
{
    if (argc > 1) {
        std::thread([] { throw std::runtime_error("nobody catches this"); }).join();
        return 0;
    }
    local_objects();
    futures();
    exceptions();
    queues();
    std::printf("cores: %d\n", std::thread::hardware_concurrency() > 0);
}
