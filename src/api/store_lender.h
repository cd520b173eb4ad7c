#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "store/experiment_store.h"

namespace galileo::api {

/// Lends connections to the experiment database to the threads of a pool, and keeps them open for
/// the next one. Thread-safe.
class StoreLender {
  public:
    using Open = std::function<Result<std::unique_ptr<store::ExperimentStore>>()>;

    explicit StoreLender(Open open) : open_(std::move(open)) {}

    /// Runs `use(ExperimentStore&)`, which returns a Result, and returns that. A connection after
    /// an error that may be its fault is not used again. Errors of opening, and those of `use`.
    template <typename Use>
    auto with(Use use) -> decltype(use(std::declval<store::ExperimentStore&>())) {
        auto store = TRY(borrow());
        auto result = use(*store);
        if (result || result.error().code() == ErrorCode::kNotFound ||
            result.error().code() == ErrorCode::kConflict) {
            idle_.with([&](auto& idle) { idle.push_back(std::move(store)); });
        }
        return result;
    }

  private:
    Result<std::unique_ptr<store::ExperimentStore>> borrow() {
        auto idle = idle_.with([](auto& kept) {
            std::unique_ptr<store::ExperimentStore> one;
            if (!kept.empty()) {
                one = std::move(kept.back());
                kept.pop_back();
            }
            return one;
        });
        if (idle) {
            return idle;
        }
        return open_();
    }

    const Open open_;
    base::Guarded<std::vector<std::unique_ptr<store::ExperimentStore>>> idle_;
};

}  // namespace galileo::api
