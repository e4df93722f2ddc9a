// Replaces a few payload bytes near the start of a body that is otherwise forwarded as it came, chunk framing included.
#pragma once

#include "gateway/http/header_pass.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace xtn::gateway {

// raw[begin, end) of the body becomes `text`; everything else stays.
struct BodyEdit {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

// The edit that replaces `length` payload bytes at payload offset `at` by `replacement`. In a chunked body the sizes of the
// chunks that hold them change with them; a chunk that would become empty is left out (an empty one would end the body). `raw` is
// well formed up to the byte after the replaced ones. Nothing: the bytes are not all in `raw`.
std::optional<BodyEdit> edit_body(BodyKind kind, std::string_view raw, std::size_t at, std::size_t length,
                                  std::string_view replacement);

} // namespace xtn::gateway
