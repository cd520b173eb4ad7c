#pragma once

#include "api/backend.h"
#include "api/router.h"

namespace galileo::api {

/// `/api`, `/api/worker`, `/api/services` (contract 6), and `/api/policies/balancing`, which the
/// original's dashboard asks another service for (contract 6.1). `backend` must outlive the router.
void add_cluster_routes(Router& router, const Backend& backend);

}  // namespace galileo::api
