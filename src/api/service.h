#pragma once

#include <string_view>

#include "api/access.h"
#include "api/backend.h"
#include "api/http_server.h"
#include "api/router.h"

namespace galileo::api {

/// Decides for each request who answers it: routes, methods, preflights, access. Immutable;
/// thread-safe. What it admits must not outlive it.
class Service {
  public:
    /// `backend` must outlive it.
    Service(Access access, const Backend& backend);

    /// As HttpServer wants it.
    [[nodiscard]] Admission admit(const Request& head) const;

  private:
    [[nodiscard]] Admission admit_route(const Request& head) const;

    const Access access_;
    Router router_;
};

}  // namespace galileo::api
