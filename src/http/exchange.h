#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/cookies.h"
#include "http/request.h"

namespace galileo::http {

/// A request as bytes for one origin. Owned by the caller and kept until the exchanges that use it
/// are done.
struct RenderedRequest {
    Origin origin;
    std::string bytes;     ///< complete: request line, headers, body
    bool is_head = false;  ///< the answer to HEAD has no body
    bool follow_redirects = true;
    bool verify_tls = true;
    std::string ca_file{};          ///< PEM file or directory to verify with; empty: the client's
    std::string certificate{};      ///< client certificate, PEM; empty: the client's
    std::string key{};              ///< its key, PEM; empty: in `certificate`
    std::optional<Proxy> proxy{};   ///< absent: straight to the origin
    std::vector<Cookie> cookies{};  ///< set by the answers that led here
    std::shared_ptr<const RequestRules> rules{};  ///< for redirects to other hosts; null: none
};

/// What a template sends to `origin` for `path_prefix` + its path.
RenderedRequest render_request(const RequestTemplate& request,
                               const Origin& origin,
                               std::string_view path_prefix);

/// Why an exchange ended without a status.
enum class Failure : std::uint8_t {
    kNone,
    kDns,        ///< the name did not resolve
    kRefused,    ///< connection refused or unreachable
    kConnect,    ///< connecting took too long, or failed otherwise
    kTls,        ///< handshake or certificate
    kTimeout,    ///< no complete answer in time
    kClosed,     ///< the peer closed or reset before the answer was complete
    kMalformed,  ///< the answer is not HTTP/1.x
    kTooLarge,   ///< head or body above the limit
    kRedirects,  ///< more redirects than allowed, or a redirect that cannot be followed
    kNoRoute,    ///< the routing table has no usable host for the service
    kRequest,    ///< the request could not be built
    kCancelled,  ///< we gave it up: stop, close, end of the run
};
/// The name in tables and JSON: `dns`, `refused`, `timeout`, ...
std::string_view to_string(Failure failure) noexcept;

/// One request and its answer: derived from and owned by the caller, who recycles it. Loop-bound.
/// Between Client::start() and on_done() (or a cancel() that returned true) it belongs to the
/// client and must stay where it is.
class Exchange {
  public:
    Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    virtual ~Exchange() = default;

    // Set by the caller before start().
    const RenderedRequest* request = nullptr;
    std::chrono::nanoseconds timeout{
        0};  ///< from the send to the last byte, connecting included; 0: none

    // Results, valid inside on_done() only; the views end with it.
    Failure failure = Failure::kNone;
    int status = -1;             ///< final status; -1 when failure is set
    base::MonotonicTime sent{};  ///< just before the first byte was written, or connecting began
                                 ///< after a wait; epoch 0: never
    base::MonotonicTime first_byte{};  ///< epoch 0: none
    base::MonotonicTime
        done{};  ///< last byte received (kernel's time where it gives one), or the failure was seen
    std::string_view head;  ///< raw status line and headers of the final answer, up to the empty
                            ///< line; empty on failure
    std::string_view
        body;  ///< body after transfer decoding, as far as it was captured; still content-encoded
    std::uint64_t body_bytes = 0;  ///< whole length on the wire of the body, captured or not
    std::string_view server;       ///< authority of the final URL; empty on failure

    /// Called on the loop, inside start() or later, when the exchange has got a connection and
    /// `sent` has been stamped, once: not again for a redirect or a second try. Never called for
    /// one that fails before. Must not start or cancel anything.
    virtual void on_sent() {}

    /// Called once, on the loop, when the exchange is over. May start the next one.
    virtual void on_done() = 0;

  private:
    friend class Client;
    friend class Connection;
    friend class ExchangeList;
    enum class Place : std::uint8_t {
        kCaller,      ///< not started, or over
        kWaiting,     ///< for a connection, in its pool's queue
        kConnection,  ///< on a connection
        kOver,        ///< failed; on_done() is about to be called
    };
    /// What is sent now: the caller's request, or what a redirect made of it.
    [[nodiscard]] const RenderedRequest& current() const noexcept {
        return redirects_ > 0 ? *redirected_ : *request;
    }

    Exchange* next_ = nullptr;  ///< in the list that `place_` tells
    Exchange* previous_ = nullptr;
    void* attached_ = nullptr;  ///< its pool while waiting, its connection while on one
    Place place_ = Place::kCaller;
    bool retried_ = false;  ///< sent again because a used connection had been closed
    int redirects_ = 0;
    std::uint64_t order_ = 0;        ///< of arrival, over all pools
    base::MonotonicTime over_at_{};  ///< when on_done() is to be called
    std::unique_ptr<RenderedRequest> redirected_;
};

}  // namespace galileo::http
