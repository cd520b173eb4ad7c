#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"

namespace galileo::cli {

/// What was typed after `galileo api`.
struct ApiFlags {
    enum class Insecure : std::uint8_t { kRefuse, kAllow };
    enum class Reads : std::uint8_t { kGuarded, kOpen };

    std::string bind;        ///< empty: galileo_api_bind_addr, else 127.0.0.1:5001
    std::string token_file;  ///< empty: galileo_api_token_file, else none
    Insecure insecure = Insecure::kRefuse;
    Reads reads = Reads::kGuarded;
    std::vector<std::string> hosts;
    std::vector<std::string> origins;
    std::string apps_repository;  ///< directory; empty: galileo_apps_repo_dir, else ./apps-repo
    std::string redis;            ///< as --redis takes it; empty: from the environment
};

/// `galileo api`: serves the REST API until it is told to stop.
class ApiCommand final : public Command {
  public:
    using Function = Result<ExitCode> (*)(const ApiFlags& flags, Context& context);

    /// `function` does the work once the flags are read.
    explicit ApiCommand(Function function) : function_(function) {}

    [[nodiscard]] Manual manual() const override;
    void declare(CLI::App& app) override;
    Result<ExitCode> run(Context& context) override;

  private:
    Function function_;
    ApiFlags flags_;
};

}  // namespace galileo::cli
