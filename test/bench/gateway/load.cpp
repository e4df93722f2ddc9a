#include "test/bench/gateway/load.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <utility>

namespace xtn::bench {

namespace {

std::string ok(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nDate: Thu, 26 Nov 2026 12:00:00 GMT\r\nVary: Accept-Encoding\r\nContent-Type: application/json\r\n"
           "X-Content-Type-Options: nosniff\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

// Reads one message into `buffer` (kept between calls); its size, 0 at the end of the connection.
std::size_t read_message(int fd, std::string &buffer) {
    buffer.clear();
    std::size_t wanted = 0;
    char piece[262144];
    for (;;) {
        const auto n = ::recv(fd, piece, sizeof piece, 0);
        if (n <= 0) return 0;
        buffer.append(piece, static_cast<std::size_t>(n));
        if (wanted == 0) {
            const auto end = buffer.find("\r\n\r\n");
            if (end == std::string::npos) continue;
            wanted = end + 4;
            for (const auto *name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
                const auto at = buffer.find(name);
                if (at == std::string::npos || at > end) continue;
                std::size_t length = 0;
                std::from_chars(buffer.data() + at + 18, buffer.data() + end, length);
                wanted += length;
                break;
            }
        }
        if (buffer.size() >= wanted) return wanted;
    }
}

std::string page(std::string_view next, std::string_view state) {
    std::string text = R"({"id":")" + std::string(query_id) + R"(","infoUri":"http://gw:8080/v1/query/x",)";
    if (!next.empty()) text += R"("nextUri":"http://gw:8080)" + std::string(next) + R"(",)";
    return text +
           R"("columns":[{"name":"x","type":"bigint","typeSignature":{"rawType":"bigint","arguments":[]}}],"data":[[1]],)"
           R"("stats":{"state":")" +
           std::string(state) +
           R"(","queued":false,"scheduled":true,"nodes":1,"totalSplits":17,"queuedSplits":0,)"
           R"("runningSplits":0,"completedSplits":17,"cpuTimeMillis":4,"wallTimeMillis":9,"queuedTimeMillis":1,)"
           R"("elapsedTimeMillis":60,"processedRows":0,"processedBytes":0,"peakMemoryBytes":0},"warnings":[]})";
}

constexpr std::string_view next_page = "/v1/statement/executing/x/y/1";

std::string page_of_rows(std::size_t bytes) {
    std::string rows = page(next_page, "RUNNING");
    std::string out;
    while (out.size() < bytes)
        out += "[1,\"a row of some text\",3.5],";
    rows.insert(rows.find("[[1]]") + 1, out);
    return rows;
}

const std::string client_lines =
    "Host: gw:8080\r\nUser-Agent: Trino Python Client/0.340.0\r\nAccept: */*\r\nConnection: keep-alive\r\n"
    "X-Trino-XTrinode: bench/x\r\nX-Trino-Catalog: tpch\r\nX-Trino-Schema: tiny\r\nX-Trino-Source: bench\r\n"
    "X-Trino-User: bench\r\nX-Trino-Time-Zone: UTC\r\nX-Trino-Client-Info: none\r\nX-Trino-Client-Tags: a,b\r\n"
    "X-Trino-Session: a=1\r\nX-Trino-Transaction-Id: NONE\r\n";

std::string get(std::string_view path) {
    return "GET " + std::string(path) + " HTTP/1.1\r\n" + client_lines + "\r\n";
}

} // namespace

Origin::Origin(std::string_view suffix, std::chrono::milliseconds thinking)
    : small_(ok("{\"a\":\"" + std::string(1100, 'x') + "\"}")),
      info_(ok(R"({"nodeVersion":{"version":"483"},"environment":"bench","coordinator":true,"coordinatorId":")" +
               std::string(suffix) + R"(","starting":false})")),
      page_(ok(page(next_page, "RUNNING"))), last_page_(ok(page({}, "FINISHED"))), page_64k_(ok(page_of_rows(64000))),
      page_1m_(ok(page_of_rows(1000000))), suffix_(suffix), thinking_(thinking) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr *>(&address), size) != 0 || ::listen(listener_, 1024) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        throw std::runtime_error("the origin cannot listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

void Origin::accept_all() {
    for (;;) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        const int one = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        const std::lock_guard lock(mutex_);
        open_.push_back(fd);
        threads_.emplace_back([this, fd] { serve(fd); });
    }
}

std::string_view Origin::answer(std::string_view request, std::string &scratch) {
    const auto line = request.substr(0, request.find('\r'));
    if (line.find("/v1/statement") == std::string_view::npos) return line.starts_with("GET /v1/info ") ? info_ : small_;
    const bool made = line.starts_with("POST ");
    const auto &page = line.find("/y4/") != std::string_view::npos    ? last_page_
                       : line.find("/64k/") != std::string_view::npos ? page_64k_
                       : line.find("/1m/") != std::string_view::npos  ? page_1m_
                                                                      : page_;
    if (line.find("/64k/") != std::string_view::npos || line.find("/1m/") != std::string_view::npos) return page;
    scratch = page;
    const auto at = scratch.find(query_id);
    if (made) {
        if (thinking_.count() > 0) std::this_thread::sleep_for(thinking_);
        char number[6];
        std::snprintf(number, sizeof number, "%05d", next_query_.fetch_add(1) % 100000);
        scratch.replace(at + 16, 5, number);
        scratch.replace(at + 22, 5, suffix_);
    } else if (const auto id = line.find("/20261126_"); id != std::string_view::npos) {
        scratch.replace(at, query_id.size(), line.substr(id + 1, query_id.size()));
    }
    return scratch;
}

void Origin::serve(int fd) {
    std::string request, scratch;
    while (read_message(fd, request) > 0) {
        if (!send_all(fd, answer(request, scratch))) return;
    }
}

Origin::~Origin() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (const int fd : open_)
        ::shutdown(fd, SHUT_RDWR);
    for (auto &thread : threads_)
        thread.join();
    for (const int fd : open_)
        ::close(fd);
    ::close(listener_);
}

Script small_get() {
    return {{get("/v1/query?state=RUNNING")}};
}

Script statement() {
    const std::string sql = "SELECT " + std::string(253, 'x');
    Script script{
        {"POST /v1/statement HTTP/1.1\r\n" + client_lines + "Content-Length: " + std::to_string(sql.size()) + "\r\n\r\n" + sql}};
    const std::string id(query_id);
    for (const auto &path : {"/v1/statement/queued/" + id + "/y1/1", "/v1/statement/executing/" + id + "/y2/0",
                             "/v1/statement/executing/" + id + "/y3/1", "/v1/statement/executing/" + id + "/y4/2"})
        script.requests.push_back(get(path));
    return script;
}

Script pages(std::string_view size) {
    return {{get("/v1/statement/executing/" + std::string(query_id) + "/" + std::string(size) + "/0")}};
}

namespace {

// A script whose query ids follow what the coordinator said.
class Conversation {
  public:
    explicit Conversation(const Script &script) : requests_(script.requests) {
        for (std::size_t i = 0; i < requests_.size(); ++i) {
            const auto at = requests_[i].find(query_id);
            if (at != std::string::npos) places_.emplace_back(i, at);
        }
    }
    const std::vector<std::string> &requests() const { return requests_; }
    void heard(std::string_view first_answer) {
        constexpr std::string_view mark = "{\"id\":\"";
        const auto at = first_answer.find(mark);
        if (at == std::string_view::npos) return;
        for (const auto &[request, place] : places_)
            requests_[request].replace(place, query_id.size(), first_answer.substr(at + mark.size(), query_id.size()));
    }

  private:
    std::vector<std::string> requests_;
    std::vector<std::pair<std::size_t, std::size_t>> places_;
};

} // namespace

int connect_client(std::uint16_t port, std::chrono::seconds patience) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const timeval wait{.tv_sec = patience.count(), .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        throw std::runtime_error("a client cannot connect");
    return fd;
}

bool exchange(int fd, std::string_view request, std::string &answer) {
    return send_all(fd, request) && read_message(fd, answer) > 0 && answer.starts_with("HTTP/1.1 200");
}

Load run_clients(std::uint16_t port, const Script &script, int clients, std::chrono::milliseconds time) {
    std::mutex mutex;
    Load total;
    std::exception_ptr failure;
    std::vector<std::thread> threads;
    const auto until = std::chrono::steady_clock::now() + time;
    const auto client = [&] {
        const int fd = connect_client(port, std::chrono::seconds(10));
        Load mine;
        std::string answer;
        Conversation conversation(script);
        while (std::chrono::steady_clock::now() < until) {
            bool first = true;
            for (const auto &request : conversation.requests()) {
                if (!send_all(fd, request)) throw std::runtime_error("a client was cut off");
                const auto bytes = read_message(fd, answer);
                if (bytes == 0 || !answer.starts_with("HTTP/1.1 200"))
                    throw std::runtime_error("answered " + answer.substr(0, 200));
                ++mine.requests;
                mine.bytes += static_cast<double>(bytes);
                if (std::exchange(first, false) && script.requests.size() > 1) conversation.heard(answer);
            }
            ++mine.scripts;
        }
        ::close(fd);
        const std::lock_guard lock(mutex);
        total.requests += mine.requests;
        total.scripts += mine.scripts;
        total.bytes += mine.bytes;
    };
    for (int i = 0; i < clients; ++i) {
        threads.emplace_back([&] {
            try {
                client();
            } catch (...) {
                const std::lock_guard lock(mutex);
                failure = std::current_exception();
            }
        });
    }
    for (auto &thread : threads)
        thread.join();
    if (failure) std::rethrow_exception(failure);
    return total;
}

} // namespace xtn::bench
