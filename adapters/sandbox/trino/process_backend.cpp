#include "adapters/sandbox/trino/process_backend.hpp"

#include "adapters/sandbox/trino/child_process.hpp"
#include "adapters/sandbox/trino/java_program.hpp"
#include "adapters/sandbox/trino/trino_files.hpp"

#include "core/base/mutex.hpp"
#include "netkit/http_client.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <signal.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

namespace xtn::sandbox {

using namespace trino; // everything of the stand-in but what stand_in.hpp and process_backend.hpp declare

namespace {

namespace fs = std::filesystem;

constexpr const char *main_class = "io.trino.server.TrinoServer";
constexpr std::chrono::milliseconds poll_interval{500};
constexpr std::chrono::milliseconds poll_timeout{3000};

std::string read_file(const fs::path &path) {
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

Status write_file(const fs::path &path, const std::string &text) {
    std::error_code ec;
    fs::create_directories(path.parent_path(), ec);
    std::ofstream out(path, std::ios::trunc);
    out << text;
    if (!out.flush()) return make_error(Code::internal, "cannot write " + path.string());
    return ok();
}

// The last line of a log, for a message; the whole is in the file.
std::string last_line(const fs::path &log) {
    std::ifstream in(log);
    std::string last;
    for (std::string line; std::getline(in, line);)
        if (!line.empty()) last = line;
    constexpr std::size_t longest = 300;
    return last.substr(0, longest);
}

class TrinoPod final : public RunningPod {
  public:
    TrinoPod(ChildProcess process, const PodPlan &plan, TrinoFiles files, fs::path folder)
        : process_(std::move(process)), log_(folder / "server.log"), pid_file_(folder / "pid"), hosts_file_(plan.hosts_file),
          ns_(plan.ns), discovery_host_(std::move(files.discovery_host)), discovery_address_(std::move(files.discovery_address)) {
        origin_.host = plan.ip;
        origin_.port = static_cast<std::uint16_t>(plan.http_port);
        poller_ = std::thread([this] { poll(); });
    }
    ~TrinoPod() override { stop(std::chrono::milliseconds(0)); }

    bool ready() override { return ready_; }

    std::optional<std::string> exited() override {
        if (moved_) return "the address of " + discovery_host_ + " changed; a new start picks up the new one";
        const MutexLock lock(mutex_);
        if (const auto &how = process_.ended()) return *how + "; the log " + log_.string() + " ends: " + last_line(log_);
        return std::nullopt;
    }

    void stop(std::chrono::milliseconds grace) override {
        ready_ = false;
        {
            const MutexLock lock(mutex_);
            if (stopped_) return;
            stopped_ = true;
            wake_.notify_one();
        }
        poller_.join();
        const MutexLock lock(mutex_);
        process_.stop(grace);
        std::error_code ec;
        fs::remove(pid_file_, ec);
    }

  private:
    bool answers() const {
        netkit::Request request;
        request.target = "/v1/info";
        const auto answer = netkit::send_blocking(origin_, request, Deadline::after(poll_timeout));
        if (!answer || answer->status != 200) return false;
        boost::system::error_code ec;
        const auto info = boost::json::parse(answer->body, ec);
        const auto *starting = ec || !info.is_object() ? nullptr : info.get_object().if_contains("starting");
        return starting != nullptr && starting->is_bool() && !starting->get_bool();
    }
    // A worker knows its coordinator by address; a Service whose pod was replaced leads elsewhere now.
    bool coordinator_moved() const {
        if (discovery_host_.empty() || hosts_file_.empty()) return false;
        const auto now = find_host(read_file(hosts_file_), discovery_host_, ns_);
        return !now.empty() && now != discovery_address_;
    }
    void poll() XTN_EXCLUDES(mutex_) {
        MutexLock lock(mutex_);
        while (!stopped_) {
            wake_.wait_until(mutex_, Deadline::after(poll_interval));
            if (stopped_) break;
            lock.unlock();
            ready_ = answers();
            if (coordinator_moved()) moved_ = true;
            lock.lock();
        }
    }

    Mutex mutex_;
    CondVar wake_;
    bool stopped_ XTN_GUARDED_BY(mutex_) = false;
    ChildProcess process_ XTN_GUARDED_BY(mutex_);
    fs::path log_;
    fs::path pid_file_;
    std::string hosts_file_;
    std::string ns_;
    std::string discovery_host_;
    std::string discovery_address_;
    netkit::Origin origin_;
    std::atomic<bool> ready_ = false;
    std::atomic<bool> moved_ = false;
    std::thread poller_;
};

// A process that an earlier sandbox could not end any more: its pid file is still there, and so is its folder in its command
// line.
void end_leftovers(const fs::path &run_directory) {
    std::error_code ec;
    for (const auto &entry : fs::directory_iterator(run_directory, ec)) {
        const auto text = read_file(entry.path() / "pid");
        const int pid = std::atoi(text.c_str()); // NOLINT(cert-err34-c): no number is no process
        if (pid <= 1) continue;
        const auto command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
        if (command.find(entry.path().string()) != std::string::npos && command.find(main_class) != std::string::npos)
            ::kill(pid, SIGKILL);
        fs::remove(entry.path() / "pid", ec);
    }
}

class ProcessBackend final : public PodBackend {
  public:
    explicit ProcessBackend(TrinoInstallation installation) : installation_(std::move(installation)) {}

    Result<std::unique_ptr<RunningPod>> start(const PodPlan &plan) override {
        TrinoPlaces places{installation_.home, installation_.run_directory / (plan.ns + "." + plan.name), installation_.heap};
        PodPlan filled = plan;
        add_own_catalogs(filled);
        auto files = make_trino_files(filled, places);
        std::error_code ec;
        fs::remove_all(places.folder / "etc", ec); // of an earlier start
        fs::create_directories(places.folder / "data", ec);
        if (ec) return make_error(Code::internal, "cannot create " + places.folder.string() + ": " + ec.message());
        fs::create_directories(places.folder / "etc/catalog", ec);
        for (const auto &[name, text] : files.files)
            if (auto written = write_file(places.folder / "etc" / name, text); !written) return std::move(written).error();
        std::vector<std::string> arguments = {installation_.java.string()};
        arguments.insert(arguments.end(), files.jvm_options.begin(), files.jvm_options.end());
        arguments.insert(arguments.end(), {"-cp", (installation_.home / "lib").string() + "/*", main_class});
        std::vector<std::string> environment;
        environment.reserve(plan.env.size());
        for (const auto &[name, value] : plan.env)
            environment.emplace_back(name).append("=").append(value);
        auto process = ChildProcess::start(arguments, places.folder, places.folder / "server.log", environment);
        if (!process) return std::move(process).error();
        if (auto written = write_file(places.folder / "pid", std::to_string(process->pid())); !written)
            return std::move(written).error();
        return std::unique_ptr<RunningPod>(
            std::make_unique<TrinoPod>(std::move(*process), plan, std::move(files), places.folder));
    }

  private:
    // Catalogs of the installation's own etc/catalog, beneath those of the runtime.
    void add_own_catalogs(PodPlan &plan) const {
        std::error_code ec;
        for (const auto &entry : fs::directory_iterator(installation_.home / "etc/catalog", ec))
            if (entry.path().extension() == ".properties")
                plan.catalog_files.try_emplace(entry.path().filename().string(), read_file(entry.path()));
    }

    TrinoInstallation installation_;
};

} // namespace

Result<std::unique_ptr<PodBackend>> make_process_backend(TrinoInstallation installation) {
    std::error_code ec;
    installation.home = fs::absolute(installation.home, ec);
    if (!fs::is_directory(installation.home / "lib", ec) || fs::is_empty(installation.home / "lib", ec))
        return make_error(Code::not_found,
                          installation.home.string() + " is no unpacked Trino server: it has no lib folder with jars");
    auto java = find_java(installation.java);
    if (!java) return std::move(java).error();
    installation.java = std::move(*java);
    installation.run_directory = fs::absolute(installation.run_directory, ec);
    fs::create_directories(installation.run_directory, ec);
    if (ec) return make_error(Code::internal, "cannot create " + installation.run_directory.string() + ": " + ec.message());
    end_leftovers(installation.run_directory);
    return std::unique_ptr<PodBackend>(std::make_unique<ProcessBackend>(std::move(installation)));
}

} // namespace xtn::sandbox
