#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "http/server_message.h"
#include "io/loop.h"
#include "io/stream.h"
#include "target/answer.h"
#include "target/counters.h"
#include "target/options.h"
#include "target/request_log.h"

namespace galileo::target {

/// What all connections of a server share. Thread-safe.
struct Shared {
    explicit Shared(const Options& given) : options(given), answers(given) {}

    const Options options;
    const AnswerSheet answers;
    std::chrono::nanoseconds wall_offset{0};  ///< wall time = monotonic time + this
    std::atomic<std::uint64_t> next_request{0};
    std::atomic<std::int64_t> first_request_ns{0};  ///< monotonic; 0: none yet

    /// Tells the current statistics of all loops, as JSON.
    std::function<std::string()> statistics;
};

/// What the connections of one loop share. Loop-bound.
struct LoopShared {
    Shared& server;
    io::Loop& loop;
    io::TlsContext* tls;  ///< null: plain
    Counters counters;
    std::string log_lines;  ///< not yet written
};

/// What a request says that its answer depends on. Kept, because the parser's views end before an
/// answer that waits is due.
struct Request {
    std::string method;
    std::string target;
    std::string content_type;
    std::string body;  ///< empty unless it is to be echoed
    std::uint64_t body_bytes = 0;
    Coding accepted = Coding::kIdentity;  ///< the best one
    Persistence persistence = Persistence::kKeepAlive;
};

/// One connection: reads a request, waits as planned, answers, and so on. Is used again for another
/// socket once it has closed. Loop-bound.
class Connection final : private io::StreamHandler {
  public:
    /// `on_closed` is called once for each serve(), when the socket has been closed; the connection
    /// may then serve again, later.
    Connection(LoopShared& shared, std::function<void(Connection&)> on_closed);

    /// Serves a connected socket. Must not be serving.
    void serve(base::UniqueFd socket, std::uint64_t number);

    /// Closes at once. No effect when it does not serve.
    void close();

  private:
    enum class Phase : std::uint8_t {
        kIdle,      ///< reads a request
        kPlanned,   ///< waits until the answer is due
        kDraining,  ///< waits until the kernel has taken the answer
        kLeaving,   ///< everything is sent; waits for the peer to close
        kClosed,
    };

    void on_connected() override;
    void on_data(std::string_view bytes, base::MonotonicTime received) override;
    void on_drained() override;
    void on_closed(const io::Closure& closure) override;
    void on_timer();

    void handle(std::string_view bytes);
    void begin_reading();
    void take_request();
    void plan();
    void answer();
    void answer_normally();
    void answer_own_page();
    void refuse(int status);
    void send_faulty();
    void send(std::string_view head, std::string_view body, Persistence persistence);
    void reset_connection();
    void go_on();
    void leave();
    void log(std::string_view outcome);
    [[nodiscard]] AnswerChoice choice() const;
    [[nodiscard]] Answer find_answer(OwnedAnswer& made) const;

    LoopShared& shared_;
    std::function<void(Connection&)> on_closed_;
    io::Stream stream_;
    io::Timer timer_;
    http::RequestParser parser_;
    Request request_;
    Phase phase_ = Phase::kClosed;
    Plan plan_;
    int fd_ = -1;
    std::uint64_t number_ = 0;
    base::MonotonicTime arrival_{};  ///< of the last byte of the request
    std::string ahead_;              ///< bytes that came while the answer before was not yet sent
    std::string buffer_;             ///< head and body of a small answer together
};

}  // namespace galileo::target
