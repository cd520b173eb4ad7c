#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "apps/library.h"
#include "base/clock.h"
#include "base/result.h"
#include "engine/request_source.h"
#include "model/json.h"
#include "worker/app_process.h"

namespace galileo::worker {

/// Turns client apps into sources of requests: feeds by itself, Python apps by processes that it
/// starts when they are needed. Thread-safe. All sources must be gone before it is.
class AppSources {
  public:
    struct Options {
        apps::Library::Options library;
        PythonOptions python;
        unsigned processes = 1;  ///< Python processes at the most
        std::chrono::milliseconds patience = std::chrono::seconds(30);  ///< for apps to load
    };

    /// `clock` must outlive it.
    AppSources(Options options, base::Clock& clock);

    /// A source for each of `clients` (their ids), which run `app` with `parameters` (an object, or
    /// null). All or none; returns when each has loaded its app. kInvalidInput has the exception
    /// and traceback of an app that raised one, or names what is wrong with a feed; kTimeout: it
    /// took too long; others as apps::Library::find(). Blocks.
    Result<std::vector<std::unique_ptr<engine::RequestSource>>> open(
        const std::string& app,
        const model::Json& parameters,
        const std::vector<std::string>& clients);

  private:
    using Sources = std::vector<std::unique_ptr<engine::RequestSource>>;

    Result<Sources> open_feed(const apps::App& app,
                              const model::Json& parameters,
                              std::size_t count) const;
    Result<Sources> open_python(const apps::App& app,
                                const model::Json& parameters,
                                const std::vector<std::string>& clients);
    AppProcess& least_busy();

    const Options options_;
    base::Clock& clock_;
    const apps::Library library_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<AppProcess>> processes_;  // protected by mutex_; never shrinks
};

}  // namespace galileo::worker
