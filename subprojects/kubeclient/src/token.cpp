#include "token.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace kube {

netkit::Result<std::string> read_file(const std::filesystem::path &file) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return netkit::make_error(netkit::Code::not_found,
                                  file.string() + " cannot be read: " + std::strerror(errno)); // NOLINT(concurrency-mt-unsafe)
    std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    return text;
}

const std::string &Token::current() {
    if (!file_.empty() && look_again_.passed()) {
        look_again_ = netkit::Deadline::after(std::chrono::seconds(1));
        std::error_code ec;
        const auto time = std::filesystem::last_write_time(file_, ec);
        if (!ec && (token_.empty() || time != read_at_)) read();
    }
    return token_;
}

bool Token::refresh() {
    return !file_.empty() && read();
}

bool Token::read() {
    std::error_code ec;
    const auto time = std::filesystem::last_write_time(file_, ec);
    auto text = read_file(file_);
    if (!text.ok()) return false;
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' '))
        text->pop_back();
    if (text->empty()) return false;
    read_at_ = time;
    const bool changed = *text != token_;
    token_ = std::move(*text);
    return changed;
}

} // namespace kube
