// uids, generated names, resource versions.
#include "adapters/sandbox/api/machinery.hpp"
#include "adapters/sandbox/objects/metadata.hpp"
#include "adapters/sandbox/objects/status.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <random>

namespace xtn::sandbox {

std::string new_uid() {
    thread_local std::random_device device; // the kernel's generator
    std::array<std::uint32_t, 4> r{device(), device(), device(), device()};
    return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}", r[0], r[1] >> 16, r[1] & 0xfff,
                       (r[2] >> 16 & 0x3fff) | 0x8000, r[2] & 0xffff, r[3]);
}

std::string generated_suffix() {
    thread_local std::random_device device;
    std::uniform_int_distribution<std::size_t> pick(0, objects::suffix_alphabet.size() - 1);
    std::string out;
    for (int i = 0; i < 5; ++i)
        out += objects::suffix_alphabet[pick(device)];
    return out;
}

std::variant<std::uint64_t, ApiFailure> parse_revision(std::string_view text) {
    std::uint64_t revision = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), revision);
    if (failed != std::errc() || end != text.data() + text.size())
        return objects::internal_failure(fmt::format("strconv.ParseUint: parsing \"{}\": invalid syntax", text));
    return revision;
}

} // namespace xtn::sandbox
