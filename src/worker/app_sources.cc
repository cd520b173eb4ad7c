#include "worker/app_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apps/feed.h"
#include "base/random.h"

namespace galileo::worker {

namespace {

class FeedSource final : public engine::RequestSource {
  public:
    explicit FeedSource(apps::FeedPlayer player) : player_(std::move(player)) {}

    engine::Supply take() override {
        auto request = player_.next();
        return request ? engine::Supply{engine::Supply::State::kRequest, std::move(request)}
                       : engine::Supply{engine::Supply::State::kEnded, nullptr};
    }
    [[nodiscard]] bool used_up() const override { return player_.used_up(); }

  private:
    apps::FeedPlayer player_;
};

}  // namespace

AppSources::AppSources(Options options, base::Clock& clock)
    : options_(std::move(options)), clock_(clock), library_(options_.library, clock) {}

Result<AppSources::Sources> AppSources::open(const std::string& app,
                                             const model::Json& parameters,
                                             const std::vector<std::string>& clients) {
    if (!parameters.is_null() && !parameters.is_object()) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("app {}: parameters must be an object or null", app));
    }
    const apps::App found = TRY(library_.find(app));
    return found.manifest.kind == apps::AppKind::kFeed
               ? open_feed(found, parameters, clients.size())
               : open_python(found, parameters, clients);
}

Result<AppSources::Sources> AppSources::open_feed(const apps::App& app,
                                                  const model::Json& parameters,
                                                  std::size_t count) const {
    if (!parameters.is_null() && !parameters.empty()) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("app {} is a feed and takes no parameters", app.name));
    }
    const auto feed =
        TRY_WITHIN("app " + app.name, apps::Feed::load(app, options_.python.requests));
    Sources sources;
    sources.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        sources.push_back(
            std::make_unique<FeedSource>(apps::FeedPlayer(feed, base::Rng(base::entropy_seed()))));
    }
    return sources;
}

Result<AppSources::Sources> AppSources::open_python(const apps::App& app,
                                                    const model::Json& parameters,
                                                    const std::vector<std::string>& clients) {
    std::error_code ignored;
    if (!std::filesystem::exists(app.path / "generator.py", ignored)) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("app {}: {} has no generator.py, and its manifest does not say "
                                 "`kind: feed`",
                                 app.name, app.path.string()));
    }
    if (options_.python.script.empty()) {
        return Error(ErrorCode::kUnavailable,
                     "client apps need apphost.py of the Python package galileo, which is not "
                     "installed with this program");
    }
    std::vector<AppProcess::Opening> openings;
    openings.reserve(clients.size());
    for (const auto& client : clients) {
        openings.push_back(least_busy().open(client, app, parameters));
    }
    Sources sources;
    const auto deadline = clock_.monotonic() + options_.patience;
    for (auto& opening : openings) {
        const auto left = std::max(deadline - clock_.monotonic(), std::chrono::nanoseconds(0));
        if (opening.wait_for(left) != std::future_status::ready) {
            return Error(ErrorCode::kTimeout,
                         fmt::format("app {} did not load within {} s", app.name,
                                     base::to_seconds(options_.patience)));
        }
        sources.push_back(TRY(opening.get()));
    }
    return sources;
}

AppProcess& AppSources::least_busy() {
    const std::lock_guard lock(mutex_);
    const auto least = std::min_element(
        processes_.begin(), processes_.end(),
        [](const auto& left, const auto& right) { return left->clients() < right->clients(); });
    const bool another = processes_.size() < options_.processes &&
                         (least == processes_.end() || (*least)->clients() > 0);
    if (another) {
        processes_.push_back(std::make_unique<AppProcess>(options_.python, clock_));
        return *processes_.back();
    }
    return **least;
}

}  // namespace galileo::worker
