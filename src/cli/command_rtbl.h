#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/routing_text.h"

namespace galileo::coord {
class RoutingStore;
}
namespace galileo::redis {
class Client;
}

namespace galileo::cli {

/// `galileo rtbl ACTION`: reads and changes the routing table in Redis.
class RtblCommand final : public Command {
  public:
    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

  private:
    enum class Action : std::uint8_t {
        kList,
        kSet,
        kAppend,
        kWeights,
        kDrain,
        kUndrain,
        kRemove,
        kClear
    };
    enum class Form : std::uint8_t { kText, kJson };

    void declare_changes(CLI::App& app);
    Result<void> list(coord::RoutingStore& store, Context& context) const;
    Result<void> change(coord::RoutingStore& store, redis::Client& client, Context& context) const;
    Result<std::vector<model::RoutingRecord>> apply(coord::RoutingStore& store) const;

    Action action_ = Action::kList;
    Form form_ = Form::kText;
    std::string redis_;
    std::string service_;  ///< of `ls`: empty for all
    std::vector<HostWeight> hosts_;
    std::vector<double> weights_;
    std::vector<std::string> services_;  ///< to remove
    std::vector<std::string> drained_;   ///< hosts to drain, or to take up again
};

}  // namespace galileo::cli
