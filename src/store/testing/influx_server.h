#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/guarded.h"
#include "http/testing/test_server.h"
#include "io/loop.h"
#include "store/influx/options.h"

namespace galileo::store::testing {

/// Stands in for InfluxDB 2, on loopback and a thread of its own: keeps what it is asked, and
/// answers as it is told. Thread-safe.
class InfluxServer {
  public:
    struct Request {
        std::string line;  ///< `POST /api/v2/write?... HTTP/1.1`
        std::string head;  ///< all of it
        std::string body;
    };
    struct Reply {
        int status = 204;
        std::string body{};
    };
    /// Told about each request; nothing: it is never answered.
    using Answer = std::function<std::optional<Reply>(const Request& request)>;

    /// By default writes are taken (204), buckets made (201), and there are none to be found.
    InfluxServer();
    ~InfluxServer();
    InfluxServer(const InfluxServer&) = delete;
    InfluxServer& operator=(const InfluxServer&) = delete;

    /// Answers from now on.
    void answer(Answer answer);
    /// What was asked, in order.
    [[nodiscard]] std::vector<Request> requests();
    /// With an organisation's id, so that nothing asks for it.
    [[nodiscard]] influx::InfluxOptions options() const;

  private:
    struct Shared {
        Answer answer;
        std::vector<Request> requests;
    };
    void serve(http::testing::TestServer::Session& session);

    base::Guarded<Shared> shared_;
    std::unique_ptr<io::Loop> loop_;
    std::unique_ptr<http::testing::TestServer> server_;
    std::thread thread_;
};

}  // namespace galileo::store::testing
