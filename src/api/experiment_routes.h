#pragma once

#include "api/backend.h"
#include "api/router.h"

namespace galileo::api {

/// `/api/experiments` and `/api/experiments/{exp_id}` (contract 6). `backend` must outlive the
/// router.
void add_experiment_routes(Router& router, const Backend& backend);

}  // namespace galileo::api
