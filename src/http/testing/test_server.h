#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"
#include "http/server_message.h"
#include "io/listener.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/tls.h"

namespace galileo::http::testing {

/// An HTTP server for tests on the test's own loop: calls `answer` for each request and counts.
/// Loop-bound.
class TestServer {
  public:
    /// One accepted connection, as `answer` sees it.
    class Session final : public io::StreamHandler, public std::enable_shared_from_this<Session> {
      public:
        Session(TestServer& server, io::Loop& loop);
        void on_data(std::string_view bytes, base::MonotonicTime received) override;
        void on_closed(const io::Closure& closure) override;

        /// Writes once the loop has turned, when the connection is still there.
        void write_later(std::string bytes);

        io::Stream stream;
        RequestParser request;
        int requests = 0;  ///< on this connection, the current one included
        bool gone = false;

      private:
        TestServer& server_;
        io::Loop& loop_;
    };
    using Answer = std::function<void(Session&)>;

    /// `tls` null: plain.
    TestServer(io::Loop& loop,
               Answer answer,
               const std::string& host = "127.0.0.1",
               io::TlsContext* tls = nullptr);

    [[nodiscard]] Origin origin() const;
    /// A GET of `target` here.
    [[nodiscard]] std::string get(const std::string& target = "/") const;

    /// Stops listening and closes everything.
    void stop();
    void close_sessions();
    [[nodiscard]] std::size_t open_sessions() const;

    std::size_t accepted = 0;
    std::size_t requests = 0;
    std::vector<std::string> seen;  ///< request line, fields and body of each request
    bool record = true;             ///< whether `seen` is filled

    /// An answer with a length.
    static std::string with_length(int status,
                                   std::string_view body,
                                   std::string_view more_fields = "");

  private:
    io::Loop& loop_;
    Answer answer_;
    io::TlsContext* tls_;
    std::string host_;
    std::vector<std::shared_ptr<Session>> sessions_;
    std::unique_ptr<io::Listener> listener_;
};

}  // namespace galileo::http::testing
