#pragma once

#include <functional>

#include "api/store_lender.h"
#include "apps/repository_directory.h"
#include "base/clock.h"
#include "redis/client.h"

namespace galileo::api {

/// What the routes work on; borrowed. Everything in it is thread-safe.
struct Backend {
    redis::Client& redis;
    StoreLender& stores;
    const apps::RepositoryDirectory& apps;
    base::Clock& clock;
};

}  // namespace galileo::api
