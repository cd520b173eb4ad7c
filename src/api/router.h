#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.h"
#include "api/message.h"

namespace galileo::api {

/// A request together with what the path's `{...}` stood for, in order, decoded.
struct Call {
    const Request& request;
    const std::vector<std::string>& parameters;
};

/// What one method of a route does.
struct Endpoint {
    Role role = Role::kViewer;       ///< needed to use it
    std::size_t body_bytes_max = 0;  ///< of the request
    std::function<Response(const Call& call)> answer;
};

/// Finds who answers a path. Thread-compatible; immutable once it serves.
class Router {
  public:
    using Endpoints = std::map<std::string, Endpoint, std::less<>>;  ///< by method, upper case

    /// `pattern` begins with `/`; a segment `{name}` takes any one segment that is not empty.
    /// Patterns must not repeat.
    void add(std::string_view pattern, Endpoints endpoints);

    struct Match {
        const Endpoints* endpoints = nullptr;
        std::vector<std::string> parameters;
    };
    /// Nothing for a path that no pattern takes, for one more slash at the end, and for one that is
    /// not percent-encoded well. `path` has no query. Literal segments rank before `{...}`.
    [[nodiscard]] std::optional<Match> find(std::string_view path) const;

  private:
    struct Route {
        std::vector<std::string> segments;
        Endpoints endpoints;
    };
    std::vector<Route> routes_;
};

/// `GET, POST`: the methods in order of name, with `OPTIONS` in the end when wanted.
enum class WithOptions { kNo, kYes };
std::string methods_of(const Router::Endpoints& endpoints, WithOptions with_options);

}  // namespace galileo::api
