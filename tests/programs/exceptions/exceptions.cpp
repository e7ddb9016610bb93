// C++ exceptions from all sides. The first argument names a chapter; all are
// run without one. The chapter "uncaught" ends the program.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <iostream>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <typeinfo>
#include <vector>

namespace {

// Says when it is made and destroyed, so that unwinding can be followed.
struct Tracer {
    explicit Tracer(std::string name) : name(std::move(name))
    {
        std::cout << "  +" << this->name << '\n';
    }
    ~Tracer()
    {
        std::cout << "  -" << name << (std::uncaught_exceptions() ? " while unwinding\n" : "\n");
    }
    Tracer(const Tracer &) = delete;
    Tracer &operator=(const Tracer &) = delete;
    std::string name;
};

struct Base {
    virtual ~Base() = default;
    virtual const char *name() const
    {
        return "Base";
    }
};

struct Left : virtual Base {
    const char *name() const override
    {
        return "Left";
    }
};

struct Right : virtual Base {
    const char *name() const override
    {
        return "Right";
    }
};

struct Both : Left, Right {
    const char *name() const override
    {
        return "Both";
    }
};

class Failure : public std::runtime_error {
public:
    Failure(int code, const std::string &text) : std::runtime_error(text), code(code)
    {
    }
    int code;
};

void throw_kind(int kind)
{
    switch (kind) {
    case 0:
        throw 42;
    case 1:
        throw 2.5;
    case 2:
        throw "a C string";
    case 3:
        throw std::string("a string");
    case 4:
        throw Failure(7, "a failure");
    case 5:
        throw std::out_of_range("out of range");
    case 6:
        throw Both();
    case 7:
        throw static_cast<long long>(1) << 40;
    case 8:
        throw static_cast<Base *>(nullptr);
    case 9:
        throw true;
    default:
        throw std::vector<int>{1, 2, 3};
    }
}

void kinds()
{
    for (int kind = 0; kind <= 10; kind++) {
        std::cout << kind << ": ";
        try {
            throw_kind(kind);
        } catch (int number) {
            std::cout << "int " << number << '\n';
        } catch (double number) {
            std::cout << "double " << number << '\n';
        } catch (const char *text) {
            std::cout << "text " << text << '\n';
        } catch (const std::string &text) {
            std::cout << "string " << text << '\n';
        } catch (const Failure &failure) {
            std::cout << "failure " << failure.code << ' ' << failure.what() << '\n';
        } catch (const std::exception &error) {
            std::cout << "exception " << error.what() << '\n';
        } catch (const Base &base) {
            std::cout << "base " << base.name() << '\n';
        } catch (const Base *base) {
            std::cout << "pointer " << (base ? "set" : "null") << '\n';
        } catch (long long number) {
            std::cout << "long long " << number << '\n';
        } catch (...) {
            std::cout << "something else\n";
        }
    }
}

void inner(int depth)
{
    Tracer tracer("depth " + std::to_string(depth));
    if (depth == 0)
        throw Failure(depth, "from the bottom");
    inner(depth - 1);
    std::cout << "never reached\n";
}

void unwinding()
{
    try {
        inner(4);
    } catch (const Failure &failure) {
        std::cout << "caught " << failure.what() << ", uncaught now "
                  << std::uncaught_exceptions() << '\n';
    }

    // The parts that were made are destroyed, the others are not.
    struct Whole {
        Tracer first{"first"};
        Tracer second{"second"};
        Whole()
        {
            throw std::logic_error("in a constructor");
        }
    };
    try {
        Whole whole;
    } catch (const std::logic_error &error) {
        std::cout << "caught " << error.what() << '\n';
    }
    try {
        auto pieces = std::make_unique<std::vector<std::shared_ptr<Tracer>>>();
        pieces->push_back(std::make_shared<Tracer>("piece"));
        pieces->at(1);
    } catch (const std::out_of_range &) {
        std::cout << "caught out_of_range\n";
    }
}

void middle()
{
    try {
        inner(1);
    } catch (const Failure &failure) {
        std::cout << "passing on " << failure.what() << '\n';
        throw;
    }
}

void rethrowing()
{
    try {
        middle();
    } catch (const std::exception &error) {
        std::cout << "caught again: " << error.what() << '\n';
    }
    try {
        try {
            throw 1;
        } catch (int) {
            throw std::string("another");
        }
    } catch (const std::string &text) {
        std::cout << "instead: " << text << '\n';
    }
    try {
        try {
            throw Failure(1, "original");
        } catch (Failure &failure) {
            failure.code = 2;
            throw;
        }
    } catch (const Failure &failure) {
        std::cout << "changed on the way: " << failure.code << '\n';
    }
}

void print_nested(const std::exception &error, int depth)
{
    std::cout << std::string(2 * depth, ' ') << error.what() << '\n';
    try {
        std::rethrow_if_nested(error);
    } catch (const std::exception &cause) {
        print_nested(cause, depth + 1);
    }
}

void nesting()
{
    try {
        try {
            try {
                throw std::invalid_argument("the cause");
            } catch (...) {
                std::throw_with_nested(Failure(3, "the middle"));
            }
        } catch (...) {
            std::throw_with_nested(std::runtime_error("the surface"));
        }
    } catch (const std::exception &error) {
        print_nested(error, 0);
    }

    // An exception that is thrown and caught while another is being handled.
    try {
        throw 1;
    } catch (int outer) {
        try {
            throw 2;
        } catch (int inner) {
            std::cout << "inside " << inner << '\n';
        }
        std::cout << "still " << outer << '\n';
    }

    // The same in a destructor that runs because of an exception.
    struct Careful {
        ~Careful()
        {
            try {
                throw std::string("in the destructor");
            } catch (const std::string &text) {
                std::cout << "handled " << text << ", uncaught " << std::uncaught_exceptions()
                          << '\n';
            }
        }
    };
    try {
        Careful careful;
        throw 3.5;
    } catch (double number) {
        std::cout << "and then " << number << '\n';
    }
}

void storing()
{
    std::exception_ptr stored;
    try {
        throw Failure(9, "kept for later");
    } catch (...) {
        stored = std::current_exception();
    }
    for (int i = 0; i < 2; i++) {
        try {
            std::rethrow_exception(stored);
        } catch (const Failure &failure) {
            std::cout << failure.what() << ' ' << failure.code << '\n';
        }
    }
    stored = std::make_exception_ptr(17);
    try {
        std::rethrow_exception(stored);
    } catch (int number) {
        std::cout << "made " << number << '\n';
    }
    std::cout << "outside there is " << (std::current_exception() ? "one" : "none") << '\n';
}

void library()
{
    try {
        std::vector<int>(3).at(10);
    } catch (const std::out_of_range &) {
        std::cout << "vector::at\n";
    }
    try {
        std::stoi("not a number");
    } catch (const std::invalid_argument &) {
        std::cout << "stoi\n";
    }
    try {
        std::stoi("99999999999");
    } catch (const std::out_of_range &) {
        std::cout << "stoi, too large\n";
    }
    try {
        std::string("abc").substr(5);
    } catch (const std::out_of_range &) {
        std::cout << "substr\n";
    }
    try {
        Base base;
        dynamic_cast<Both &>(base).name();
    } catch (const std::bad_cast &) {
        std::cout << "dynamic_cast\n";
    }
    try {
        std::function<void()>()();
    } catch (const std::bad_function_call &) {
        std::cout << "function\n";
    }
    try {
        std::shared_ptr<int> strong = std::make_shared<int>(1);
        std::weak_ptr<int> weak = strong;
        strong.reset();
        std::shared_ptr<int> again(weak);
    } catch (const std::bad_weak_ptr &) {
        std::cout << "weak_ptr\n";
    }
    try {
        Base *nothing = nullptr;
        std::cout << typeid(*nothing).name();
    } catch (const std::bad_typeid &) {
        std::cout << "typeid\n";
    }
    try {
        throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory), "open");
    } catch (const std::system_error &error) {
        std::cout << error.what() << '\n';
    }
}

// The callback of a C function throws through it.
int compare_or_throw(const void *a, const void *b)
{
    int x = *static_cast<const int *>(a), y = *static_cast<const int *>(b);
    if (x == 13 || y == 13)
        throw Failure(13, "an unlucky number");
    return (x > y) - (x < y);
}

int fib_by_exceptions(int n)
{
    try {
        if (n < 2)
            throw n;
        throw fib_by_exceptions(n - 1) + fib_by_exceptions(n - 2);
    } catch (int result) {
        return result;
    }
}

void many()
{
    int sum = 0;
    for (int i = 0; i < 20000; i++) {
        try {
            if (i % 3 == 0)
                throw i;
            if (i % 3 == 1)
                throw std::to_string(i);
            sum += 1;
        } catch (int number) {
            sum += number % 7;
        } catch (const std::string &text) {
            sum += static_cast<int>(text.size());
        }
    }
    std::cout << "sum " << sum << '\n';
    std::cout << "fib " << fib_by_exceptions(15) << '\n';
}

void functions()
{
    std::vector<std::function<int(int)>> steps = {
        [](int n) { return n + 1; },
        [](int n) -> int { throw Failure(n, "in a lambda"); },
        [](int n) { return n * 2; },
    };
    for (auto &step : steps) {
        try {
            std::cout << step(5) << '\n';
        } catch (const Failure &failure) {
            std::cout << failure.what() << ' ' << failure.code << '\n';
        }
    }
    auto refuse = []() noexcept(false) { throw 1; };
    std::cout << std::boolalpha << noexcept(refuse()) << '\n';
}

// Code that C compiled in between has no tables on some systems: kept apart.
void through_c()
{
    int numbers[] = {5, 3, 13, 1, 9};
    try {
        std::qsort(numbers, 5, sizeof *numbers, compare_or_throw);
        std::cout << "sorted\n";
    } catch (const Failure &failure) {
        std::cout << failure.what() << '\n';
    }
}

void uncaught()
{
    // Whether anything is destroyed before the end is not laid down.
    std::cout << std::flush;
    throw Failure(1, "nobody catches this");
}

void in_noexcept()
{
    std::set_terminate([] {
        std::puts("terminate was called");
        std::fflush(stdout);
        std::_Exit(11);
    });
    auto strict = []() noexcept { throw 1; };
    strict();
}

const struct {
    const char *name;
    void (*run)();
    bool by_default;
} chapters[] = {
    {"kinds", kinds, true},
    {"unwinding", unwinding, true},
    {"rethrowing", rethrowing, true},
    {"nesting", nesting, true},
    {"storing", storing, true},
    {"library", library, true},
    {"many", many, true},
    {"functions", functions, true},
    {"through-c", through_c, false},
    {"uncaught", uncaught, false},
    {"noexcept", in_noexcept, false},
};

} // namespace

int main(int argc, char **argv)
{
    for (const auto &chapter : chapters) {
        if (argc > 1 ? std::strcmp(argv[1], chapter.name) == 0 : chapter.by_default) {
            std::cout << chapter.name << ":\n";
            chapter.run();
        }
    }
    std::cout << "done" << std::endl;
}
