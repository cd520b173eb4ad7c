#include "target/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "io/address.h"
#include "io/listener.h"
#include "io/tls.h"
#include "model/json.h"
#include "target/connection.h"

namespace galileo::target {

namespace {

constexpr std::uint64_t kLongestBody = 64ULL * 1024 * 1024;
constexpr auto kLogPause = std::chrono::milliseconds(50);

/// One event loop with its connections, on a thread of its own.
class LoopThread {
  public:
    LoopThread(Shared& server,
               std::unique_ptr<io::Loop> loop,
               std::unique_ptr<io::TlsContext> tls,
               LogFile* log)
        : loop_(std::move(loop)),
          tls_(std::move(tls)),
          log_(log),
          shared_{
              .server = server, .loop = *loop_, .tls = tls_.get(), .counters = {}, .log_lines = {}},
          log_timer_(*loop_, [this] { write_log(); }) {}

    io::Loop& loop() noexcept { return *loop_; }
    [[nodiscard]] const Counters& counters() const noexcept { return shared_.counters; }

    /// On the loop. `gone` is called, also on the loop, when the connection has closed.
    void serve(base::UniqueFd socket, std::uint64_t number, const std::function<void()>& gone) {
        if (idle_.empty()) {
            connections_.push_back(
                std::make_unique<Connection>(shared_, [this, gone](Connection& closed) {
                    idle_.push_back(&closed);
                    gone();
                }));
            idle_.push_back(connections_.back().get());
        }
        Connection& connection = *idle_.back();
        idle_.pop_back();
        connection.serve(std::move(socket), number);
        if (log_ != nullptr && !log_timer_.armed()) {
            log_timer_.arm(loop_->now() + kLogPause);
        }
    }

    void start() {
        thread_ = std::thread([this] { loop_->run(); });
    }

    /// From outside; blocks until the thread has ended.
    void stop() {
        loop_->post([this] {
            for (const auto& connection : connections_) {
                connection->close();
            }
        });
        loop_->stop();
        if (thread_.joinable()) {
            thread_.join();
        }
        if (log_ != nullptr) {
            log_->append(shared_.log_lines);
            shared_.log_lines.clear();
        }
    }

  private:
    void write_log() {
        log_->append(shared_.log_lines);
        shared_.log_lines.clear();
        if (idle_.size() < connections_.size()) {
            log_timer_.arm(loop_->now() + kLogPause);
        }
    }

    std::unique_ptr<io::Loop> loop_;
    std::unique_ptr<io::TlsContext> tls_;
    LogFile* log_;
    LoopShared shared_;
    io::Timer log_timer_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<Connection*> idle_;  ///< subset of connections_: closed, ready to serve again
    std::thread thread_;
};

Result<void> check(const Options& options) {
    const auto wrong = [](std::string message) {
        return Error(ErrorCode::kInvalidInput, std::move(message));
    };
    if (options.threads < 1 || options.threads > 64) {
        return wrong(fmt::format("threads: {} is not from 1 to 64", options.threads));
    }
    if (options.body_bytes > kLongestBody) {
        return wrong(fmt::format("size: {} is above 64 MiB", options.body_bytes));
    }
    if (options.max_request_bytes > kLongestBody) {
        return wrong(fmt::format("largest request: {} is above 64 MiB", options.max_request_bytes));
    }
    const FaultMix& faults = options.faults;
    if (faults.close < 0 || faults.junk < 0 || faults.reset < 0 ||
        faults.close + faults.junk + faults.reset > 1.0 + 1e-9) {
        return wrong(
            "faults: the fractions of close, junk and reset must add up to 100 % at the most");
    }
    if (options.certificate_file.empty() != options.key_file.empty()) {
        return wrong("TLS needs both a certificate and its key");
    }
    return {};
}

}  // namespace

struct Server::Impl {
    explicit Impl(const Options& options) : shared(options) {
        shared.statistics = [this] { return to_json(statistics()); };
    }

    Result<void> start(base::Clock& clock);
    void accept(base::UniqueFd socket);
    void connection_gone();
    [[nodiscard]] Statistics statistics() const;

    Shared shared;
    std::unique_ptr<LogFile> log;
    std::vector<std::unique_ptr<LoopThread>> threads;
    std::unique_ptr<io::Listener> listener;  ///< on the first loop
    io::Address address;
    bool running = false;

    // Changed on the first loop only.
    std::atomic<std::uint64_t> open{0};
    std::atomic<std::uint64_t> most_open{0};
    std::atomic<std::uint64_t> accepted{0};
};

Result<void> Server::Impl::start(base::Clock& clock) {
    const Options& options = shared.options;
    shared.wall_offset = clock.wall().time_since_epoch() - clock.monotonic().time_since_epoch();
    if (!options.log_path.empty()) {
        log = TRY(LogFile::open(options.log_path));
    }
    for (int i = 0; i < options.threads; ++i) {
        std::unique_ptr<io::TlsContext> tls;
        if (!options.certificate_file.empty()) {
            tls = TRY(io::TlsContext::server(options.certificate_file, options.key_file));
        }
        auto loop = TRY(io::Loop::create(clock));
        threads.push_back(
            std::make_unique<LoopThread>(shared, std::move(loop), std::move(tls), log.get()));
    }
    const auto wanted = TRY(io::Address::literal(options.address, options.port));
    listener = TRY(io::Listener::open(
        threads.front()->loop(), wanted, {.backlog = 4096},
        [this](base::UniqueFd socket, const io::Address& /*peer*/) { accept(std::move(socket)); }));
    address = listener->address();
    for (const auto& thread : threads) {
        thread->start();
    }
    running = true;
    return {};
}

void Server::Impl::accept(base::UniqueFd socket) {
    const std::uint64_t number = ++accepted;
    most_open = std::max(most_open.load(), ++open);
    if (shared.options.max_connections > 0 && open >= shared.options.max_connections) {
        listener->pause();
    }
    LoopThread& chosen = *threads[(number - 1) % threads.size()];
    if (&chosen == threads.front().get()) {
        chosen.serve(std::move(socket), number, [this] { connection_gone(); });
        return;
    }
    // A std::function must be copyable, so the descriptor travels bare; the loop runs every posted
    // function.
    chosen.loop().post([this, &chosen, number, fd = socket.release()] {
        chosen.serve(base::UniqueFd(fd), number,
                     [this] { threads.front()->loop().post([this] { connection_gone(); }); });
    });
}

void Server::Impl::connection_gone() {
    --open;
    if (listener != nullptr && shared.options.max_connections > 0 &&
        open < shared.options.max_connections) {
        listener->resume();
    }
}

Statistics Server::Impl::statistics() const {
    Statistics sum;
    sum.connections_open = open;
    sum.connections_accepted = accepted;
    sum.connections_max = most_open;
    for (const auto& thread : threads) {
        thread->counters().add_to(sum);
    }
    return sum;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
    stop();
}

Result<std::unique_ptr<Server>> Server::start(Options options, base::Clock& clock) {
    TRY(check(options));
    std::unique_ptr<Server> server(new Server(std::make_unique<Impl>(options)));
    TRY(server->impl_->start(clock));
    return server;
}

void Server::stop() {
    if (!std::exchange(impl_->running, false)) {
        return;
    }
    // First no new sockets for anyone; then the other loops, whose last act is to post to the first
    // one.
    std::promise<void> listener_closed;
    impl_->threads.front()->loop().post([this, &listener_closed] {
        impl_->listener.reset();
        listener_closed.set_value();
    });
    listener_closed.get_future().wait();
    for (auto thread = impl_->threads.rbegin(); thread != impl_->threads.rend(); ++thread) {
        (*thread)->stop();
    }
}

std::uint16_t Server::port() const noexcept {
    return impl_->address.port();
}

std::string Server::url() const {
    return (impl_->shared.options.certificate_file.empty() ? "http://" : "https://") +
           impl_->address.to_string();
}

Statistics Server::statistics() const {
    return impl_->statistics();
}

std::string to_json(const Statistics& statistics) {
    model::Json statuses = model::Json::object();
    for (const auto& [status, count] : statistics.statuses) {
        statuses[std::to_string(status)] = count;
    }
    const model::Json json = {{"connections_open", statistics.connections_open},
                              {"connections_accepted", statistics.connections_accepted},
                              {"connections_max", statistics.connections_max},
                              {"requests", statistics.requests},
                              {"answered", statistics.answered},
                              {"statuses", std::move(statuses)},
                              {"closed", statistics.closed},
                              {"junk", statistics.junk},
                              {"reset", statistics.reset},
                              {"malformed", statistics.malformed},
                              {"body_bytes_received", statistics.body_bytes_received}};
    return json.dump();
}

}  // namespace galileo::target
