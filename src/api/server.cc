#include "api/server.h"

#include <fmt/format.h>

#include <utility>

#include "api/backend.h"
#include "api/service.h"
#include "api/store_lender.h"
#include "model/text.h"
#include "store/open_store.h"

namespace galileo::api {

std::string BindAddress::to_string() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                               : fmt::format("[{}]:{}", host, port);
}

Result<BindAddress> parse_bind_address(std::string_view text) {
    const auto wrong = [text] {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format("'{}' is not HOST:PORT, for example 127.0.0.1:5001 or [::1]:5001", text));
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return wrong();
    }
    const auto port = model::parse_integer(text.substr(colon + 1));
    if (!port || *port < 0 || *port > 65'535) {
        return wrong();
    }
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return wrong();
    }
    if (host == "localhost") {
        host = "127.0.0.1";
    }
    return BindAddress{host.empty() ? "0.0.0.0" : std::string(host),
                       static_cast<std::uint16_t>(*port)};
}

struct Server::Parts {
    Parts(Options given, redis::Client& redis, base::Clock& clock)
        : options(std::move(given)),
          stores([this] { return store::open_store(options.database); }),
          apps(options.apps),
          backend{redis, stores, apps, clock},
          service(Access(options.access), backend) {}

    const Options options;
    StoreLender stores;
    const apps::RepositoryDirectory apps;
    const Backend backend;
    const Service service;
    std::unique_ptr<HttpServer> http;  ///< last: its threads use the rest
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
    stop();
}

Result<std::unique_ptr<Server>> Server::start(Options options,
                                              redis::Client& redis,
                                              base::Clock& clock) {
    auto parts = std::make_unique<Parts>(std::move(options), redis, clock);
    TRY(parts->stores.with([](store::ExperimentStore&) { return Result<void>(); }));
    HttpServer::Options http = parts->options.http;
    http.address = parts->options.bind.host;
    http.port = parts->options.bind.port;
    parts->http = TRY(HttpServer::start(
        http, [service = &parts->service](const Request& head) { return service->admit(head); }));
    return std::unique_ptr<Server>(new Server(std::move(parts)));
}

void Server::stop() {
    if (parts_ && parts_->http) {
        parts_->http->stop();
    }
}

std::string Server::url() const {
    return "http://" + BindAddress{parts_->options.bind.host, parts_->http->port()}.to_string();
}

}  // namespace galileo::api
