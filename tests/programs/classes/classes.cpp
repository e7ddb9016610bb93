// C++ beyond exceptions: run-time types, virtual functions, the order of
// constructors and destructors, streams, containers and algorithms.
#include <algorithm>
#include <array>
#include <complex>
#include <cstdint>
#include <deque>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
    virtual std::string name() const = 0;
};

struct Named {
    virtual ~Named() = default;
    explicit Named(std::string label) : label(std::move(label))
    {
    }
    std::string label;
};

struct Circle : Shape {
    explicit Circle(double radius) : radius(radius)
    {
    }
    double area() const override
    {
        return 3.141592653589793 * radius * radius;
    }
    std::string name() const override
    {
        return "circle";
    }
    double radius;
};

struct Square : Shape, Named {
    Square(double side, std::string label) : Named(std::move(label)), side(side)
    {
    }
    double area() const override
    {
        return side * side;
    }
    std::string name() const override
    {
        return "square";
    }
    double side;
};

struct Cube final : Square {
    using Square::Square;
    std::string name() const override
    {
        return "cube";
    }
};

void types()
{
    std::vector<std::unique_ptr<Shape>> shapes;
    shapes.push_back(std::make_unique<Circle>(1.5));
    shapes.push_back(std::make_unique<Square>(2, "plain"));
    shapes.push_back(std::make_unique<Cube>(3, "deep"));
    for (const auto &shape : shapes) {
        std::cout << shape->name() << ' ' << std::fixed << std::setprecision(4) << shape->area();
        std::cout << " square? " << (dynamic_cast<Square *>(shape.get()) != nullptr);
        if (auto *named = dynamic_cast<Named *>(shape.get())) {
            std::cout << ' ' << named->label;
            // Across and back: the whole object is found.
            std::cout << ' ' << (dynamic_cast<Shape *>(named) == shape.get());
            std::cout << ' ' << (dynamic_cast<void *>(named) == dynamic_cast<void *>(shape.get()));
        }
        const Shape &reference = *shape;
        std::cout << ' ' << (typeid(reference) == typeid(Cube)) << ' ' << typeid(reference).name()
                  << '\n';
    }
    std::map<std::type_index, int> counts;
    for (const auto &shape : shapes) {
        const Shape &reference = *shape;
        counts[typeid(reference)]++;
    }
    std::cout << counts.size() << " types, " << typeid(int).name() << ' '
              << typeid(Shape *).name() << '\n';
}

struct Counted {
    static int alive;
    explicit Counted(int id) : id(id)
    {
        alive++;
    }
    Counted(const Counted &other) : id(other.id + 100)
    {
        alive++;
    }
    Counted(Counted &&other) noexcept : id(other.id)
    {
        other.id = -1;
        alive++;
    }
    Counted &operator=(const Counted &) = default;
    ~Counted()
    {
        alive--;
    }
    int id;
};
int Counted::alive = 0;

void lives()
{
    {
        std::vector<Counted> list;
        for (int i = 0; i < 10; i++)
            list.emplace_back(i);
        Counted copy = list[3];
        Counted moved = std::move(list[4]);
        std::cout << Counted::alive << " alive, " << copy.id << ' ' << moved.id << ' ' << list[4].id
                  << '\n';
        list.erase(list.begin(), list.begin() + 5);
        std::cout << Counted::alive << " alive\n";
    }
    std::cout << Counted::alive << " alive\n";
    auto shared = std::make_shared<Counted>(1);
    std::weak_ptr<Counted> weak = shared;
    auto second = shared;
    std::cout << shared.use_count() << ' ' << weak.expired() << '\n';
    shared.reset();
    second.reset();
    std::cout << weak.expired() << ' ' << Counted::alive << '\n';
}

void streams()
{
    std::ostringstream out;
    out << std::setw(8) << std::setfill('*') << 42 << '|' << std::left << std::setw(6) << "ab"
        << '|' << std::hex << std::showbase << 255 << std::dec << '|' << std::boolalpha << true
        << '|' << std::scientific << std::setprecision(3) << 12345.678 << '|' << std::fixed << 0.1f
        << '|' << std::defaultfloat << 1e-7 << '|' << 123456789.0;
    std::cout << out.str() << '\n';

    std::istringstream in("12 3.5 word 0x1f true\nsecond line\n");
    int number, hexadecimal;
    double real;
    std::string word, line;
    bool truth;
    in >> number >> real >> word >> std::hex >> hexadecimal >> std::boolalpha >> truth;
    std::cout << number << ' ' << real << ' ' << word << ' ' << hexadecimal << ' ' << truth << '\n';
    std::getline(in, line);
    std::getline(in, line);
    std::cout << '[' << line << "] " << in.eof() << in.fail();
    in >> word;
    std::cout << ' ' << in.eof() << in.fail() << '\n';

    {
        std::ofstream file("stream.txt");
        for (int i = 0; i < 5; i++)
            file << "line " << i << " of five\n";
    }
    std::fstream file("stream.txt", std::ios::in | std::ios::out);
    file.seekp(5);
    file << 'X';
    file.seekg(0);
    while (std::getline(file, line))
        std::cout << line << '\n';
    std::cout << std::ifstream("no such file").is_open() << '\n';
    std::ofstream binary("bytes.bin", std::ios::binary);
    for (int i = 0; i < 256; i++)
        binary.put(static_cast<char>(i));
    binary.close();
    std::ifstream again("bytes.bin", std::ios::binary | std::ios::ate);
    std::cout << again.tellg() << " bytes\n";
}

void containers()
{
    std::map<std::string, std::vector<int>> lengths;
    for (std::string word : {"one", "two", "three", "four", "five", "six", "seven"})
        lengths[word].push_back(static_cast<int>(word.size()));
    for (const auto &[word, list] : lengths)
        std::cout << word << '=' << list.front() << ' ';
    std::cout << '\n';

    std::unordered_map<int, std::string> names;
    for (int i = 0; i < 1000; i++)
        names[i * 7919 % 10007] = std::to_string(i);
    std::cout << names.size() << ' ' << names[7919] << ' ' << names.count(5) << '\n';

    std::set<int> odd;
    for (int i = 0; i < 50; i++)
        odd.insert(i * i % 17 * 2 + 1);
    for (int number : odd)
        std::cout << number << ' ';
    std::cout << '\n';

    std::priority_queue<int, std::vector<int>, std::greater<>> queue;
    for (int number : {5, 1, 4, 1, 5, 9, 2, 6})
        queue.push(number);
    for (; !queue.empty(); queue.pop())
        std::cout << queue.top();
    std::list<int> list = {3, 1, 2};
    list.sort();
    list.splice(list.end(), std::list<int>{7, 8});
    std::deque<int> deque(list.begin(), list.end());
    deque.push_front(0);
    std::cout << ' ' << std::accumulate(deque.begin(), deque.end(), 0) << '\n';

    std::variant<int, double, std::string> variant = "text";
    std::cout << variant.index() << std::get<std::string>(variant);
    variant = 2.5;
    std::visit([](const auto &value) { std::cout << ' ' << value; }, variant);
    std::optional<std::tuple<int, char, std::string>> optional;
    std::cout << ' ' << optional.has_value();
    optional.emplace(1, 'c', "tuple");
    std::cout << ' ' << std::get<2>(*optional) << '\n';
}

void algorithms()
{
    std::vector<std::uint32_t> numbers(20000);
    std::mt19937 engine(12345);
    for (auto &number : numbers)
        number = static_cast<std::uint32_t>(engine());
    auto sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    auto stable = numbers;
    std::stable_sort(stable.begin(), stable.end(),
                     [](auto a, auto b) { return a % 1000 < b % 1000; });
    std::cout << sorted.front() << ' ' << sorted.back() << ' ' << stable[0] << ' ' << stable[19999]
              << '\n';
    std::nth_element(numbers.begin(), numbers.begin() + 10000, numbers.end());
    std::cout << (numbers[10000] == sorted[10000]) << ' '
              << std::binary_search(sorted.begin(), sorted.end(), sorted[777]) << ' '
              << std::count_if(sorted.begin(), sorted.end(), [](auto n) { return n % 2; }) << '\n';

    std::string letters = "abcd";
    int permutations = 0;
    do
        permutations++;
    while (std::next_permutation(letters.begin(), letters.end()));
    std::cout << permutations << ' ' << std::gcd(84, 36) << ' ' << std::lcm(4, 6) << '\n';

    std::complex<double> z(1, 2);
    std::cout << z * z << ' ' << std::abs(std::complex<double>(3, 4)) << '\n';
    std::cout << std::numeric_limits<double>::digits << ' ' << std::numeric_limits<int>::max()
              << '\n';

    std::regex pattern(R"((\w+)@(\w+)\.org)");
    std::string text = "write to ann@example.org or bob@sample.org";
    for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match)
        std::cout << (*match)[1] << " at " << (*match)[2] << '\n';
    std::cout << std::regex_replace(text, pattern, "<$1>") << '\n';
}

// Made before main, destroyed after it, in the opposite order.
struct Global {
    explicit Global(const char *name) : name(name)
    {
        std::printf("made %s\n", name);
    }
    ~Global()
    {
        std::printf("destroyed %s\n", name);
    }
    const char *name;
};
Global first("first"), second("second");

Global &local()
{
    static Global once("local");
    return once;
}

} // namespace

int main()
{
    types();
    lives();
    streams();
    containers();
    algorithms();
    std::cout << local().name << ' ' << local().name << std::endl;
    return 0;
}
