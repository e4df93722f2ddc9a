// SHA-256, for the hash chain and the blob store. The OpenSSL algorithm is fetched once per thread (fetching costs more than
// hashing a short record); no OpenSSL type shows here.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace xtn {

inline constexpr std::size_t sha256_bytes = 32;
using Sha256 = std::array<char, sha256_bytes>;

Sha256 sha256(std::string_view bytes);
// Of the concatenation, without making it.
Sha256 sha256(std::string_view first, std::string_view second);
// HMAC-SHA-256 (RFC 2104).
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

inline std::string_view view(const Sha256 &value) {
    return {value.data(), value.size()};
}

} // namespace xtn
