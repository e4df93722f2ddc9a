#include "cli/audit/output.hpp"

#include "core/base/utf8.hpp"
#include "core/event/printer.hpp"
#include "core/model/yaml_writer.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

namespace xtn::audit {

namespace {

struct FormatName {
    std::string_view name;
    Format format;
};
constexpr std::array<FormatName, 4> formats{
    {{"table", Format::table}, {"json", Format::json}, {"yaml", Format::yaml}, {"jsonl", Format::jsonl}}};

std::string_view escape(Tint tint) {
    switch (tint) {
    case Tint::none:
        return "";
    case Tint::dim:
        return "\x1b[2m";
    case Tint::bold:
        return "\x1b[1m";
    case Tint::good:
        return "\x1b[32m";
    case Tint::bad:
        return "\x1b[31m";
    case Tint::busy:
        return "\x1b[33m";
    }
    return "";
}

struct Unit {
    std::string_view name;
    std::int64_t nanos;
};
constexpr std::array<Unit, 5> units{
    {{"d", 86'400'000'000'000}, {"h", 3'600'000'000'000}, {"min", 60'000'000'000}, {"s", 1'000'000'000}, {"ms", 1'000'000}}};

// The beginning of `text` that fills `width` columns, with a mark that something is missing.
std::string cut(const std::string &text, std::size_t width) {
    if (utf8_length(text) <= width || width < 2) return text;
    std::size_t columns = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const bool continuation = (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
        if (!continuation && ++columns == width) break;
        ++at;
    }
    return text.substr(0, at) + "…";
}

} // namespace

Result<Format> parse_format(std::string_view name) {
    for (const auto &known : formats)
        if (known.name == name) return known.format;
    return make_error(Code::invalid_argument, fmt::format("output format '{}' is none of table, json, yaml, jsonl", name));
}

std::string tinted(const Output &output, Tint tint, std::string_view text) {
    if (!output.color || tint == Tint::none) return std::string(text);
    return fmt::format("{}{}\x1b[0m", escape(tint), text);
}

std::string time_text(Timestamp time) {
    const auto whole = time.rfc3339_seconds(); // 2026-11-26T12:14:02Z
    const auto millis = ((time.nanos / 1'000'000) % 1000 + 1000) % 1000;
    return fmt::format("{} {}.{:03}", whole.substr(0, 10), whole.substr(11, 8), millis);
}

std::string duration_text(std::chrono::nanoseconds duration) {
    std::int64_t left = std::max<std::int64_t>(duration.count(), 0);
    std::string out;
    int used = 0;
    for (const auto &unit : units) {
        const auto count = left / unit.nanos;
        left %= unit.nanos;
        if (count == 0) {
            if (used > 0) break;
            continue;
        }
        fmt::format_to(std::back_inserter(out), "{}{} {}", used > 0 ? " " : "", count, unit.name);
        if (++used == 2) break;
    }
    return out.empty() ? "0 ms" : out;
}

Table::Table(const Output &output, std::vector<std::string> heading, std::size_t window)
    : output_(output), heading_(std::move(heading)), window_(window) {
    for (const auto &name : heading_)
        widths_.push_back(utf8_length(name));
}

void Table::row(std::vector<Cell> cells) {
    ++rows_seen_;
    for (std::size_t i = 0; i < cells.size() && i < widths_.size(); ++i)
        widths_[i] = std::max(widths_[i], utf8_length(cells[i].text));
    if (started_) return put(cells);
    held_.push_back(std::move(cells));
    if (held_.size() >= window_) flush();
}

void Table::flush() {
    if (!started_) {
        started_ = true;
        std::vector<Cell> heading;
        heading.reserve(heading_.size());
        for (const auto &name : heading_)
            heading.emplace_back(name, Tint::bold);
        put(heading);
    }
    for (const auto &cells : held_)
        put(cells);
    held_.clear();
    output_.out.flush();
}

void Table::put(const std::vector<Cell> &cells) {
    std::string line;
    std::size_t column = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto &[text, tint] = cells[i];
        const bool last = i + 1 == cells.size();
        if (last) {
            line += tinted(output_, tint, output_.width > column ? cut(text, output_.width - column) : text);
            break;
        }
        const std::size_t width = utf8_length(text);
        line += tinted(output_, tint, text);
        const std::size_t pad = i < widths_.size() && widths_[i] > width ? widths_[i] - width : 0;
        line.append(pad + 2, ' ');
        column += width + pad + 2;
    }
    while (line.ends_with(' '))
        line.pop_back();
    output_.out << line << '\n';
}

void put_document(const Output &output, const boost::json::value &value) {
    switch (output.format) {
    case Format::yaml:
        output.out << yaml_text(value);
        return;
    case Format::jsonl:
        output.out << boost::json::serialize(value) << '\n';
        return;
    case Format::json:
    case Format::table:
        output.out << pretty_json(value) << '\n';
        return;
    }
}

Progress::Progress(const Output &output, std::string what, std::uint64_t total)
    : out_(output.progress), what_(std::move(what)), total_(total) {}

Progress::~Progress() {
    if (out_ != nullptr && shown_ >= 0) *out_ << "\r\x1b[K" << std::flush;
}

void Progress::at(std::uint64_t done) {
    if (out_ == nullptr || total_ == 0) return;
    const int percent = static_cast<int>(done * 100 / total_);
    if (percent == shown_) return;
    shown_ = percent;
    const auto filled = static_cast<std::size_t>(percent) / 5;
    *out_ << fmt::format("\r{} [{}{}] {:3} %", what_, std::string(filled, '#'), std::string(20 - filled, '.'), percent)
          << std::flush;
}

} // namespace xtn::audit
