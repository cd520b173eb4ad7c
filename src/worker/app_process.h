#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "apps/library.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/result.h"
#include "engine/request_source.h"
#include "model/json.h"
#include "worker/app_lane.h"
#include "worker/app_protocol.h"

namespace galileo::worker {

/// How to run client apps written in Python.
struct PythonOptions {
    std::string interpreter;           ///< path, or a name that is looked up on PATH
    std::string script;                ///< path of apphost.py
    http::TemplateOptions requests{};  ///< for the requests that apps make
};

/// One Python process that makes the requests of some clients, and the thread that talks to it. It
/// starts with the first client. When it dies it is started again, at once at first and less and
/// less often while it keeps dying (up to every 10 s), and its clients' apps are executed anew;
/// they wait meanwhile. When such a client's app cannot be loaded any more, its requests end.
/// Thread-safe. The destructor ends the process; all sources must be gone by then.
class AppProcess {
  public:
    /// How far ahead of time the apps of busy clients are asked.
    static constexpr std::chrono::milliseconds kAhead{250};

    /// `clock` must outlive it.
    AppProcess(PythonOptions python, base::Clock& clock);
    ~AppProcess();
    AppProcess(const AppProcess&) = delete;
    AppProcess& operator=(const AppProcess&) = delete;

    /// What will become of a client: its source once the app's module has been executed, or why
    /// not: kInvalidInput has the exception with its traceback, kUnavailable, kNotFound: the
    /// process.
    using Opening = std::future<Result<std::unique_ptr<engine::RequestSource>>>;

    /// Begins to make a client of `app`; `name` is for messages. Giving up the future closes it.
    Opening open(const std::string& name, const apps::App& app, const model::Json& parameters);

    [[nodiscard]] std::size_t clients() const noexcept { return clients_count_.load(); }
    /// Of the process now; 0: none runs.
    [[nodiscard]] int pid() const noexcept { return pid_.load(); }

  private:
    using Promise = std::promise<Result<std::unique_ptr<engine::RequestSource>>>;

    struct Client {
        std::string name;
        std::string app;
        std::string open_line;
        std::shared_ptr<AppLane> lane;
        std::optional<Promise> opening;  ///< until it has been opened for the first time
        bool open = false;               ///< the process has said so
        bool failed = false;             ///< its app cannot be loaded any more
        std::size_t asked = 0;           ///< requests on the way
        std::size_t window = 1;
        std::uint64_t taken_before = 0;  ///< at the last look_back()
        std::uint64_t errors = 0;        ///< not yet logged
        base::MonotonicTime logged{};
        std::string last_line;
        std::shared_ptr<const http::RequestTemplate> last_request;
    };

    void run();
    void wait();
    void adopt_new_clients();
    void start();
    void lose(const std::string& why);
    void shut();
    void say(std::string_view line);
    void write();
    void read();
    void handle(const AppMessage& message);
    void opened(std::uint64_t id, Client& client);
    void refused(std::uint64_t id, Client& client, const Error& why);
    void take_request(Client& client, std::string_view line);
    void take_failure(Client& client, const std::string& why);
    void attend(std::uint64_t id);
    void refill(std::uint64_t id, Client& client);
    void look_back();

    const PythonOptions python_;
    base::Clock& clock_;
    AppBell bell_;
    std::atomic<std::size_t> clients_count_{0};
    std::atomic<int> pid_{0};
    std::atomic<bool> stopping_{false};

    std::mutex mutex_;
    std::vector<Client> arrivals_;  // protected by mutex_

    // The thread's:
    std::map<std::uint64_t, Client> clients_;
    std::map<const AppLane*, std::uint64_t> ids_;
    std::uint64_t next_id_ = 1;
    std::optional<base::ChildProcess> child_;
    base::UniqueFd socket_;
    std::string unsent_;
    AppReader reader_;
    base::MonotonicTime started_{};
    base::MonotonicTime start_again_{};
    std::chrono::milliseconds back_off_{0};
    base::MonotonicTime looked_back_{};

    std::thread thread_;
};

}  // namespace galileo::worker
