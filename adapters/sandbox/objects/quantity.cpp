#include "adapters/sandbox/objects/quantity.hpp"

#include <algorithm>
#include <array>

namespace xtn::sandbox::objects {

namespace {

__extension__ using Wide = __int128;
constexpr Wide nano = 1'000'000'000;

struct Suffix {
    std::string_view text;
    Wide factor; // in units of 1e-9
    bool binary;
};
constexpr Wide power(Wide base, int times) {
    Wide out = 1;
    for (int i = 0; i < times; ++i)
        out *= base;
    return out;
}
constexpr std::array decimal{Suffix{"n", 1, false},
                             Suffix{"u", 1000, false},
                             Suffix{"m", 1'000'000, false},
                             Suffix{"", nano, false},
                             Suffix{"k", nano * 1000, false},
                             Suffix{"M", nano *power(1000, 2), false},
                             Suffix{"G", nano *power(1000, 3), false},
                             Suffix{"T", nano *power(1000, 4), false},
                             Suffix{"P", nano *power(1000, 5), false},
                             Suffix{"E", nano *power(1000, 6), false}};
constexpr std::array binary{Suffix{"Ki", nano * 1024, true},          Suffix{"Mi", nano *power(1024, 2), true},
                            Suffix{"Gi", nano *power(1024, 3), true}, Suffix{"Ti", nano *power(1024, 4), true},
                            Suffix{"Pi", nano *power(1024, 5), true}, Suffix{"Ei", nano *power(1024, 6), true}};

constexpr Wide limit = static_cast<Wide>(9'223'372'036'854'775'807) * nano; // what a server can hold; larger ones are cut to it

std::string decimal_text(Wide value) {
    const bool negative = value < 0;
    if (negative) value = -value;
    std::string out;
    do
        out += static_cast<char>('0' + static_cast<int>(value % 10));
    while (value /= 10);
    if (negative) out += '-';
    std::reverse(out.begin(), out.end());
    return out;
}

// The largest suffix that leaves a whole number.
template <class Table> std::string with_suffix(const Table &table, Wide value) {
    for (auto it = table.rbegin(); it != table.rend(); ++it)
        if (value % it->factor == 0) return decimal_text(value / it->factor) + std::string(it->text);
    return decimal_text(value) + "n";
}

struct Parsed {
    Wide value;
    enum class Form { decimal, binary, exponent } form;
};

std::optional<Parsed> parse(std::string_view text) {
    bool negative = false;
    if (text.starts_with('+') || text.starts_with('-')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    const auto digits_end = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto number = text.substr(0, digits_end);
    auto suffix = text.substr(digits_end);
    if (number.empty() || number == "." || std::count(number.begin(), number.end(), '.') > 1) return std::nullopt;
    Wide factor = 0;
    auto form = Parsed::Form::decimal;
    for (const auto &s : decimal)
        if (s.text == suffix) factor = s.factor;
    for (const auto &s : binary)
        if (s.text == suffix) factor = s.factor, form = Parsed::Form::binary;
    if (factor == 0) { // 1e3, 5E-2
        if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return std::nullopt;
        suffix.remove_prefix(1);
        const bool down = suffix[0] == '-';
        if (suffix[0] == '-' || suffix[0] == '+') suffix.remove_prefix(1);
        if (suffix.empty() || suffix.size() > 2 || suffix.find_first_not_of("0123456789") != std::string_view::npos)
            return std::nullopt;
        const int exponent = std::stoi(std::string(suffix)) * (down ? -1 : 1);
        if (exponent > 18 || exponent < -9) return std::nullopt;
        factor = exponent >= 0 ? nano * power(10, exponent) : nano / power(10, -exponent);
        form = Parsed::Form::exponent;
    }
    // Digit by digit, so that the product cannot overflow: the fraction is worth ever smaller parts of the factor.
    Wide value = 0, place = factor;
    bool fraction = false, rest = false;
    for (const char c : number) {
        if (c == '.') {
            fraction = true;
            continue;
        }
        const Wide digit = c - '0';
        if (!fraction) {
            value = std::min(value * 10, limit) + digit * factor;
            value = std::min(value, limit);
        } else {
            const auto scaled = digit * place;
            value = std::min(value + scaled / 10, limit);
            rest = rest || scaled % 10 != 0;
            place /= 10;
        }
    }
    if (rest) value += 1; // rounded up, as a server does
    return Parsed{negative ? -value : value, form};
}

} // namespace

std::optional<std::string> canonical_quantity(std::string_view text) {
    const auto parsed = parse(text);
    if (!parsed) return std::nullopt;
    const auto value = parsed->value;
    if (value == 0) return "0";
    const auto size = value < 0 ? -value : value;
    if (parsed->form == Parsed::Form::binary && size >= 1024 * nano && value % nano == 0) {
        for (auto it = binary.rbegin(); it != binary.rend(); ++it)
            if (value % it->factor == 0) return decimal_text(value / it->factor) + std::string(it->text);
        return decimal_text(value / nano);
    }
    if (parsed->form == Parsed::Form::exponent && value % nano == 0) {
        int exponent = 0;
        auto whole = value / nano;
        for (; whole % 1000 == 0; whole /= 1000)
            exponent += 3;
        return decimal_text(whole) + (exponent ? "e" + std::to_string(exponent) : "");
    }
    return with_suffix(decimal, value);
}

} // namespace xtn::sandbox::objects
