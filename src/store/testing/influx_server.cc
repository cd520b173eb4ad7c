#include "store/testing/influx_server.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace galileo::store::testing {

namespace {

std::optional<InfluxServer::Reply> take_all(const InfluxServer::Request& request) {
    if (request.line.starts_with("POST /api/v2/buckets")) {
        return InfluxServer::Reply{.status = 201, .body = "{}"};
    }
    if (request.line.starts_with("GET /api/v2/buckets")) {
        return InfluxServer::Reply{.status = 200, .body = R"({"buckets": []})"};
    }
    return InfluxServer::Reply{};
}

}  // namespace

InfluxServer::InfluxServer()
    : shared_(Shared{.answer = take_all, .requests = {}}),
      loop_(io::Loop::create(base::system_clock()).value()),
      server_(std::make_unique<http::testing::TestServer>(
          *loop_, [this](http::testing::TestServer::Session& session) { serve(session); })),
      thread_([this] { loop_->run(); }) {}

InfluxServer::~InfluxServer() {
    loop_->post([this] { server_->stop(); });
    loop_->stop();
    thread_.join();
    server_.reset();
}

void InfluxServer::serve(http::testing::TestServer::Session& session) {
    Request request{.line = {},
                    .head = std::string(session.request.head()),
                    .body = std::string(session.request.body())};
    request.line = request.head.substr(0, request.head.find("\r\n"));
    const Answer answer = shared_.with([&](Shared& shared) {
        shared.requests.push_back(request);
        return shared.answer;
    });
    if (const auto reply = answer(request)) {
        session.write_later(http::testing::TestServer::with_length(reply->status, reply->body));
    }
}

void InfluxServer::answer(Answer answer) {
    shared_.with([&](Shared& shared) { shared.answer = std::move(answer); });
}

std::vector<InfluxServer::Request> InfluxServer::requests() {
    return shared_.with([](Shared& shared) { return shared.requests; });
}

influx::InfluxOptions InfluxServer::options() const {
    influx::InfluxOptions options;
    options.url = fmt::format("http://{}", server_->origin().authority);
    options.token = "geheim-2718";
    options.organisation = "my org";
    options.organisation_id = "0123456789abcdef";
    return options;
}

}  // namespace galileo::store::testing
