// The frame of an export: kind (1 byte), length (4 bytes, little-endian), content. Internal to core/log.
#pragma once

#include <cstddef>
#include <string_view>

namespace xtn::frames {

inline constexpr std::string_view magic = "xtrinode-export 1\n";
inline constexpr char record = 'R';
inline constexpr char blob = 'B';
inline constexpr char end = 'E';
inline constexpr std::size_t header_bytes = 5;
// No record is longer than 48 + 65,535 * 4 + 255 + 262,144 + 32 bytes; Kubernetes takes no object beyond 3 MB.
inline constexpr std::size_t max_content_bytes = std::size_t{16} << 20;

} // namespace xtn::frames
