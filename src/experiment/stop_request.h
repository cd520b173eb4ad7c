#pragma once

#include <optional>
#include <string>

#include "base/guarded.h"

namespace galileo::experiment {

/// The wish to stop the experiment that runs, from whoever has it to the thread that runs it.
/// Thread-safe.
class StopRequest {
  public:
    /// From now on `experiment_id` is the one that runs; empty: none. Forgets an earlier wish.
    void watch(std::string experiment_id) {
        state_.with([&](State& state) { state = {std::move(experiment_id), false}; });
    }
    /// True when this experiment runs; it will be stopped.
    bool ask(const std::string& experiment_id) {
        return state_.with([&](State& state) {
            const bool runs = !experiment_id.empty() && state.running == experiment_id;
            state.wanted = state.wanted || runs;
            return runs;
        });
    }
    [[nodiscard]] bool wanted() const {
        return state_.with([](const State& state) { return state.wanted; });
    }

  private:
    struct State {
        std::string running;
        bool wanted = false;
    };
    base::Guarded<State> state_;
};

}  // namespace galileo::experiment
