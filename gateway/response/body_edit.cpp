#include "gateway/response/body_edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace xtn::gateway {

std::optional<BodyEdit> edit_body(BodyKind kind, std::string_view raw, std::size_t at, std::size_t length,
                                  std::string_view replacement) {
    BodyEdit edit;
    if (kind != BodyKind::chunked) {
        if (at + length > raw.size()) return std::nullopt;
        edit.begin = at;
        edit.end = at + length;
        edit.text = std::string(replacement);
        return edit;
    }
    std::size_t position = 0; // in raw: the start of a size line
    std::size_t offset = 0;   // in the payload: the start of this chunk
    bool begun = false;
    for (;;) {
        std::uint64_t size = 0;
        const auto line_end = raw.find("\r\n", position);
        if (line_end == std::string_view::npos) return std::nullopt;
        if (std::from_chars(raw.data() + position, raw.data() + line_end, size, 16).ec != std::errc() || size == 0)
            return std::nullopt;
        const std::size_t data = line_end + 2;
        const std::size_t chunk_end = offset + static_cast<std::size_t>(size);
        if (at >= chunk_end) { // before the part that changes
            position = data + static_cast<std::size_t>(size) + 2;
            offset = chunk_end;
            if (position > raw.size()) return std::nullopt;
            continue;
        }
        const std::size_t cut_begin = std::max(at, offset);
        const std::size_t cut_end = std::min(at + length, chunk_end);
        const std::size_t after_cut = data + (cut_end - offset);
        if (after_cut > raw.size()) return std::nullopt;
        const std::string_view before = raw.substr(data, cut_begin - offset);
        const std::size_t new_size = static_cast<std::size_t>(size) - (cut_end - cut_begin) + (begun ? 0 : replacement.size());
        const bool last = at + length <= chunk_end;
        if (!begun) edit.begin = position;
        if (new_size > 0) {
            fmt::format_to(std::back_inserter(edit.text), "{:x}\r\n", new_size);
            edit.text.append(before);
            if (!begun) edit.text.append(replacement);
        }
        begun = true;
        position = data + static_cast<std::size_t>(size) + 2;
        offset = chunk_end;
        if (last) {
            edit.end = new_size > 0 ? after_cut : position; // with nothing left of it, the chunk goes with its line end
            return edit.end <= raw.size() ? std::optional(std::move(edit)) : std::nullopt;
        }
        if (new_size > 0) edit.text.append("\r\n");
        if (position > raw.size()) return std::nullopt;
    }
}

} // namespace xtn::gateway
