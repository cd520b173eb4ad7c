#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "io/address.h"
#include "io/loop.h"

namespace galileo::io {

class TlsContext;
class TlsSession;

/// How a stream ended without our doing.
enum class CloseKind : std::uint8_t {
    kEnd,          ///< the peer finished sending: FIN, with TLS after its close_notify
    kTruncated,    ///< TLS only: FIN without close_notify; something may be missing
    kReset,        ///< connection reset, or another failure of an established connection
    kRefused,      ///< nobody listens there
    kUnreachable,  ///< no route to the host or network
    kConnect,      ///< connecting failed otherwise, the kernel's own timeout included
    kTls,          ///< handshake, certificate or record failure
};

struct Closure {
    CloseKind kind;
    Error error;
};

/// What a stream tells its owner, always from the loop, never from inside a call to the stream. In
/// each of them the owner may write to, close, reopen or destroy the stream.
class StreamHandler {
  public:
    virtual ~StreamHandler() = default;
    /// Connected, and with TLS shaken hands: writing may begin.
    virtual void on_connected() {}
    /// Bytes arrived (decrypted); they are valid during the call. `received` is when the last of
    /// them did: the kernel's time where that was asked for and given, the start of the loop's turn
    /// otherwise.
    virtual void on_data(std::string_view bytes, base::MonotonicTime received) = 0;
    /// Everything that had been queued by write() has been handed to the kernel.
    virtual void on_drained() {}
    /// The stream has closed; it is as if new and may be opened again.
    virtual void on_closed(const Closure& closure) = 0;
};

/// Where receive times come from.
enum class ReceiveTime : std::uint8_t {
    kLoop,    ///< the loop's clock at the start of the turn
    kKernel,  ///< SO_TIMESTAMPNS: when the segment arrived, free of our own queueing; costs under 5
              ///< %
};

struct StreamOptions {
    ReceiveTime receive_time = ReceiveTime::kLoop;
    TlsContext* tls = nullptr;       ///< null: plain TCP. Must outlive the stream
    std::string_view server_name{};  ///< of a TLS client: the name or literal address that the
                                     ///< certificate must match
    std::size_t max_unsent = 256UL * 1024 * 1024;  ///< bytes; see write()
};

/// A non-blocking TCP connection, plain or TLS, on a loop: hands over what arrives and takes what
/// is to be sent. Closed, it can be opened again; opening, reading and writing a plain stream
/// allocate nothing unless the kernel's send buffer is full. Loop-bound; stays where it is while
/// open.
class Stream final : private Watcher {
  public:
    /// Both must outlive the stream.
    Stream(Loop& loop, StreamHandler& handler);
    ~Stream() override;  ///< closes
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    /// Begins to connect; on_connected() or on_closed() follows. Must be closed. An error means
    /// that nothing was begun: kExhausted (descriptors, local ports), kUnavailable (refused or
    /// unreachable at once).
    Result<void> connect(const Address& address, const StreamOptions& options);

    /// Takes over an accepted socket. Must be closed. Plain: connected at once, without
    /// on_connected(). TLS: on_connected() follows the handshake, for which `options.tls` must be a
    /// server's context.
    Result<void> adopt(base::UniqueFd socket, const StreamOptions& options);

    /// Makes a connected plain stream a TLS client's, as after the answer to CONNECT.
    /// on_connected() or on_closed() follows; until then nothing can be written. Nothing may be
    /// unsent, and what has been received so far must have been an answer's end. `context` must
    /// outlive the stream. Errors when `server_name` cannot be checked; the stream is then as it
    /// was.
    Result<void> start_tls(TlsContext& context, std::string_view server_name, std::uint16_t port);

    /// Sends, or queues what the kernel does not take. False, and nothing is taken, when the queue
    /// is not empty and `bytes` would make it larger than `max_unsent`, or when the stream is not
    /// connected or finishing. A failure to send shows as on_closed() later.
    bool write(std::string_view bytes);

    /// Ends the sending direction once all is sent (FIN; with TLS close_notify first); receiving
    /// goes on until the peer ends too.
    void finish();

    /// Closes at once; no callback follows.
    void close() noexcept;

    [[nodiscard]] bool is_open() const noexcept { return socket_.get() >= 0; }
    [[nodiscard]] bool is_connected() const noexcept { return state_ == State::kConnected; }
    [[nodiscard]] std::size_t unsent() const noexcept { return unsent_.size() - unsent_begin_; }

  private:
    enum class State : std::uint8_t { kClosed, kConnecting, kHandshake, kConnected };
    enum class Step : std::uint8_t { kGoOn, kStop };  ///< kStop: drained, closed or destroyed
    class Watch;

    void on_ready(Readiness readiness) override;
    Result<void> open(base::UniqueFd socket, const StreamOptions& options);
    void connected(const Watch& watch);
    void begin_handshake(const Watch& watch);
    void read_available(const Watch& watch);
    Step read_once(const Watch& watch);
    Step take(std::string_view bytes, base::MonotonicTime received, const Watch& watch);
    Step take_encrypted(std::string_view bytes, base::MonotonicTime received, const Watch& watch);
    long receive(base::MonotonicTime& received);
    void send_or_queue(std::string_view bytes);
    void flush();
    void send_encrypted();
    void shut_down_when_drained();
    void fail(CloseKind kind, Error error);

    Loop& loop_;
    StreamHandler& handler_;
    base::UniqueFd socket_;
    State state_ = State::kClosed;
    bool kernel_time_ = false;
    bool hung_up_ = false;      ///< the peer's FIN or RST was announced: read to the end
    bool finishing_ = false;    ///< finish() was called
    int write_error_ = 0;       ///< errno of a failed send, until reading has told the end
    std::uint32_t opened_ = 0;  ///< counts closes, so that callbacks notice one
    Watch* watch_ = nullptr;    ///< the innermost running on_ready()
    std::string unsent_;
    std::size_t unsent_begin_ = 0;
    std::size_t max_unsent_ = 0;
    std::unique_ptr<TlsSession> tls_;
};

}  // namespace galileo::io
