#include "watch_stream.hpp"

#include <array>

namespace kube {
namespace json = boost::json;
using netkit::Code;

namespace {

constexpr std::size_t max_event_bytes = 32 * 1024 * 1024;

struct TypeName {
    std::string_view text;
    WatchType type;
};
constexpr std::array type_names{TypeName{"ADDED", WatchType::added}, TypeName{"MODIFIED", WatchType::modified},
                                TypeName{"DELETED", WatchType::deleted}, TypeName{"BOOKMARK", WatchType::bookmark},
                                TypeName{"ERROR", WatchType::error}};

class Stream final : public WatchStream {
  public:
    explicit Stream(std::unique_ptr<netkit::BodyReader> body) : body_(std::move(body)) {}

    boost::asio::awaitable<ApiResult<std::optional<WatchEvent>>> next(Deadline deadline) override {
        for (;;) {
            const auto end = buffer_.find('\n', scanned_);
            if (end != std::string::npos) {
                const std::string line = buffer_.substr(0, end);
                buffer_.erase(0, end + 1);
                scanned_ = 0;
                if (line.find_first_not_of(" \r\t") == std::string::npos) continue;
                auto event = parse_watch_event(line);
                if (!event.ok()) co_return event.error();
                co_return std::optional<WatchEvent>(std::move(*event));
            }
            scanned_ = buffer_.size();
            if (scanned_ > max_event_bytes)
                co_return ApiError::make(Code::resource_exhausted, "a watch event is larger than 32 MiB");
            auto piece = co_await body_->read(deadline);
            if (!piece.ok()) co_return ApiError::from_transport(piece.error());
            if (piece->empty()) {
                if (scanned_ > 0) co_return ApiError::make(Code::data_corrupted, "the watch ended in the middle of an event");
                co_return std::optional<WatchEvent>();
            }
            buffer_ += *piece;
        }
    }

  private:
    std::unique_ptr<netkit::BodyReader> body_;
    std::string buffer_;
    std::size_t scanned_ = 0; // bytes known to hold no line end
};

} // namespace

ApiResult<WatchEvent> parse_watch_event(std::string_view line) {
    auto parsed = parse_json_object(line);
    if (!parsed.ok()) return ApiError::make(Code::data_corrupted, "watch event: " + parsed.error().message);
    const auto type = find_string(*parsed, {"type"});
    auto *object = parsed->if_contains("object");
    if (!object || !object->is_object()) return ApiError::make(Code::data_corrupted, "watch event without an object");
    for (const auto &known : type_names) {
        if (known.text != type) continue;
        WatchEvent event;
        event.type = known.type;
        if (event.type == WatchType::error)
            event.error = ApiError::from_status(object->get_object());
        else
            event.object = Object::from(std::move(object->get_object()));
        return event;
    }
    return ApiError::make(Code::data_corrupted, "watch event of unknown type \"" + std::string(type) + "\"");
}

std::unique_ptr<WatchStream> make_watch_stream(std::unique_ptr<netkit::BodyReader> body) {
    return std::make_unique<Stream>(std::move(body));
}

} // namespace kube
