// Looks into a gzip body while it streams by untouched: most Trino clients accept gzip, and the gateway must still see whether a
// page is the last of its query (spec 50 §26.5).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace xtn::gateway {

class Gunzip {
  public:
    // Takes unpacked bytes; false ends the unpacking.
    using Take = std::function<bool(std::string_view)>;

    Gunzip();
    ~Gunzip();
    Gunzip(const Gunzip &) = delete;
    Gunzip &operator=(const Gunzip &) = delete;

    // Unpacks the next piece. Nothing more happens once it is over().
    void feed(std::string_view piece, const Take &take);
    // The stream ended, is broken, or nobody wants more of it.
    bool over() const { return over_; }

  private:
    struct State;
    std::unique_ptr<State> state_;
    bool over_ = false;
};

} // namespace xtn::gateway
