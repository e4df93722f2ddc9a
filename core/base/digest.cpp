#include "core/base/hex.hpp"
#include "core/base/ids.hpp"
#include "core/base/sha256.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace xtn {

namespace {

// One hasher per thread: the fetched algorithm and a context that is reused.
class Hasher {
  public:
    Hasher() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
        if (!algorithm_ || !context_) throw std::runtime_error("OpenSSL offers no SHA-256");
    }

    Sha256 hash(std::string_view first, std::string_view second) {
        Sha256 out;
        unsigned int length = 0;
        const bool done = EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1 &&
                          EVP_DigestUpdate(context_.get(), first.data(), first.size()) == 1 &&
                          EVP_DigestUpdate(context_.get(), second.data(), second.size()) == 1 &&
                          EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char *>(out.data()), &length) == 1;
        if (!done || length != out.size()) throw std::runtime_error("SHA-256 failed in OpenSSL");
        return out;
    }

    static Hasher &of_this_thread() {
        thread_local Hasher hasher;
        return hasher;
    }

  private:
    struct FreeAlgorithm {
        void operator()(EVP_MD *p) const { EVP_MD_free(p); }
    };
    struct FreeContext {
        void operator()(EVP_MD_CTX *p) const { EVP_MD_CTX_free(p); }
    };
    std::unique_ptr<EVP_MD, FreeAlgorithm> algorithm_;
    std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
};

} // namespace

Sha256 sha256(std::string_view bytes) {
    return Hasher::of_this_thread().hash(bytes, {});
}

Sha256 sha256(std::string_view first, std::string_view second) {
    return Hasher::of_this_thread().hash(first, second);
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
    // RFC 2104 by hand on the fetched hash: the one-shot HMAC() of OpenSSL 3 fetches on every call.
    constexpr std::size_t block_bytes = 64;
    Sha256 shortened;
    if (key.size() > block_bytes) {
        shortened = sha256(key);
        key = view(shortened);
    }
    std::string inner(block_bytes, '\x36');
    std::string outer(block_bytes, '\x5c');
    for (std::size_t i = 0; i < key.size(); ++i) {
        inner[i] = static_cast<char>(inner[i] ^ key[i]);
        outer[i] = static_cast<char>(outer[i] ^ key[i]);
    }
    const Sha256 inside = sha256(inner, bytes);
    return sha256(outer, view(inside));
}

Digest Digest::of(std::string_view bytes) {
    const Sha256 hash = sha256(bytes);
    return Digest{to_hex(view(hash))};
}

} // namespace xtn
