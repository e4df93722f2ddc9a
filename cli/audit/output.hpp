// How answers look: tables for people, JSON, YAML or JSON lines for programs.
#pragma once

#include "core/base/ids.hpp"
#include "core/base/result.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace xtn::audit {

enum class Format { table, json, yaml, jsonl };
// "table", "json", "yaml", "jsonl". Errors: invalid_argument naming them.
Result<Format> parse_format(std::string_view name);

// Where an answer goes.
struct Output {
    std::ostream &out;
    Format format = Format::table;
    bool color = false;               // only on a terminal
    std::size_t width = 0;            // columns of the terminal; 0: unlimited
    std::ostream *progress = nullptr; // progress bars; only on a terminal
};

enum class Tint { none, dim, bold, good, bad, busy };
std::string tinted(const Output &output, Tint tint, std::string_view text);

// "2026-11-26 12:14:02.123", UTC; the heading says so.
std::string time_text(Timestamp time);
// "3 min 20 s", "450 ms", "2 d 4 h": the two largest units.
std::string duration_text(std::chrono::nanoseconds duration);

struct Cell {
    std::string text;
    Tint tint = Tint::none;
    Cell(std::string text) : text(std::move(text)) {} // NOLINT(google-explicit-constructor)
    Cell(std::string text, Tint tint) : text(std::move(text)), tint(tint) {}
};

// Aligned columns under a heading. Rows are held back until the widths of the first `window` are known, then stream through; the
// last column is not padded and cut only at the width of a terminal.
class Table {
  public:
    Table(const Output &output, std::vector<std::string> heading, std::size_t window = 500);
    Table(const Table &) = delete;
    Table &operator=(const Table &) = delete;
    ~Table() = default; // what is held back is lost without flush()

    void row(std::vector<Cell> cells);
    void flush(); // writes what is held back; the heading also when there are no rows
    bool empty() const { return rows_seen_ == 0; }

  private:
    void put(const std::vector<Cell> &cells);

    const Output &output_;
    std::vector<std::string> heading_;
    std::vector<std::size_t> widths_;
    std::vector<std::vector<Cell>> held_;
    std::size_t window_;
    std::size_t rows_seen_ = 0;
    bool started_ = false;
};

// One document: indented JSON, YAML, or a single line.
void put_document(const Output &output, const boost::json::value &value);

// "verifying  [#####.....]  52 %" on one line that is rewritten; nothing unless on a terminal.
class Progress {
  public:
    Progress(const Output &output, std::string what, std::uint64_t total);
    ~Progress(); // clears the line
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;
    void at(std::uint64_t done);

  private:
    std::ostream *out_;
    std::string what_;
    std::uint64_t total_;
    int shown_ = -1;
};

} // namespace xtn::audit
