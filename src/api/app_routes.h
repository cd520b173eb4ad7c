#pragma once

#include "api/backend.h"
#include "api/router.h"

namespace galileo::api {

/// `/api/apps`, `/api/apps/{app_name}` and `/api/apps/{app_name}/download` (contract 6). `backend`
/// must outlive the router.
void add_app_routes(Router& router, const Backend& backend);

}  // namespace galileo::api
