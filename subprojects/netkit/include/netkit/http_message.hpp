// Plain HTTP/1.1 messages, without any library type in sight.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netkit {

// Header fields in the order sent; names compare without case. A handful of fields: linear search is the fastest there is.
class Headers {
  public:
    using Field = std::pair<std::string, std::string>;

    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    // Replaces every field of that name by one.
    void set(std::string_view name, std::string value);
    void remove(std::string_view name);
    // The first value of that name, or nothing.
    std::optional<std::string_view> get(std::string_view name) const;
    bool has(std::string_view name) const { return get(name).has_value(); }
    const std::vector<Field> &fields() const { return fields_; }

  private:
    std::vector<Field> fields_;
};

bool iequals(std::string_view a, std::string_view b); // ASCII, case ignored

struct Request {
    std::string method = "GET";
    std::string target = "/"; // as on the request line: path and query, percent-encoded
    Headers headers;
    std::string body;
    std::string peer; // "127.0.0.1:51234"; server side only

    std::string_view path() const;  // target up to '?', still encoded
    std::string_view query() const; // after '?', still encoded; empty without
};

struct Response {
    int status = 200;
    std::string reason; // empty: the standard phrase
    Headers headers;
    std::string body;
};

// Percent-decoding; '+' becomes a blank only with `plus_is_space` (query strings). A broken escape is left as it is.
std::string percent_decode(std::string_view text, bool plus_is_space = false);
std::string percent_encode(std::string_view text, std::string_view keep = "");
// Decoded (name, value) pairs of a query string, in order.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);
std::string_view reason_phrase(int status);

} // namespace netkit
