// What the gateway reads from and changes in a coordinator's answer: however the bytes are cut, the scan finds the same, and an
// edit of a chunked body leaves a body that is framed as soundly as before.
#include "gateway/http/chunk_scanner.hpp"
#include "gateway/response/body_edit.hpp"
#include "gateway/response/gunzip.hpp"
#include "gateway/response/links.hpp"
#include "gateway/response/page_scan.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace xtn::gateway;

namespace {

[[noreturn]] void fail(const char *what) {
    std::fprintf(stderr, "page scan: %s\n", what);
    std::abort();
}

void compare(const PageScan &a, const PageScan &b) {
    if (a.id() != b.id() || a.has_next_uri() != b.has_next_uri() || a.info_uri() != b.info_uri() || a.over() != b.over() ||
        a.complete() != b.complete() || a.error_name() != b.error_name() || a.info_uri_begin() != b.info_uri_begin())
        fail("pieces and whole differ");
}

// The payload of a chunked body, or "-" when it is not one whole body.
std::string payload_of(std::string_view raw) {
    ChunkScanner scanner;
    std::string out;
    std::size_t used = 0;
    const auto end = scanner.feed(raw, used, [&](std::string_view piece) { out += piece; });
    return end == ChunkScanner::Progress::done && used == raw.size() ? out : "-";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t size) {
    if (size < 4) return 0;
    const std::size_t step = bytes[0] % 31 + 1, at = bytes[1], length = bytes[2];
    const std::string_view data(reinterpret_cast<const char *>(bytes) + 3, size - 3);

    PageScan whole, pieces;
    whole.feed(data);
    for (auto rest = data; !rest.empty(); rest.remove_prefix(std::min(step, rest.size())))
        pieces.feed(rest.substr(0, step));
    compare(whole, pieces);
    if (whole.has_info_uri()) rewrite_info_uri(whole.info_uri(), "/ui/a/b");
    rewrite_location(data, "/ui/a/b");

    const auto payload = payload_of(data);
    if (payload != "-" && at + length <= payload.size()) {
        const auto edit = edit_body(BodyKind::chunked, data, at, length, "new");
        if (!edit && length > 0) fail("no edit of a whole body");
        if (edit) {
            const auto edited = std::string(data.substr(0, edit->begin)) + edit->text + std::string(data.substr(edit->end));
            if (payload_of(edited) != payload.substr(0, at) + "new" + payload.substr(at + length)) fail("an edit broke the body");
        }
    }

    Gunzip gunzip;
    std::size_t unpacked = 0;
    gunzip.feed(data, [&](std::string_view piece) { return (unpacked += piece.size()) < (1 << 16); });
    return 0;
}
