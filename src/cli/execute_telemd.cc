#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "base/clock.h"
#include "base/signals.h"
#include "cli/common_flags.h"
#include "cli/execute.h"
#include "coord/redis_address.h"
#include "telemd/agent.h"
#include "telemd/settings.h"

namespace galileo::cli {

namespace {

constexpr const char* kUsualConfig = "/etc/telemd/config.ini";

/// Only the usual file may be missing.
Result<std::string> read_config(const std::optional<std::string>& name) {
    errno = 0;
    std::ifstream file(name.value_or(kUsualConfig), std::ios::binary);
    if (!file) {
        const int number = errno;
        if (!name && number == ENOENT) {
            return std::string();
        }
        return base::errno_error(number, name.value_or(kUsualConfig));
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

Result<ExitCode> execute_telemd(const TelemdFlags& flags, Context& context) {
    auto inbox = TRY(base::SignalInbox::open());
    raise_open_file_limit();  // each container has some files open
    const telemd::SettingsSources sources{.name = flags.name,
                                          .environment = context.environment,
                                          .file_name = flags.config.value_or(kUsualConfig),
                                          .file_text = TRY(read_config(flags.config))};
    const auto settings = TRY(telemd::read_settings(sources));
    const auto address = TRY(coord::running_redis(
        flags.redis.empty() ? settings.redis : flags.redis, context.environment));
    const auto wait = [&inbox](std::chrono::nanoseconds patience) {
        return inbox.wait(std::chrono::ceil<std::chrono::milliseconds>(patience)).has_value();
    };
    const auto agent = TRY(telemd::Agent::start(settings, address, base::system_clock(), wait));
    if (!agent) {
        return ExitCode::kSuccess;
    }
    context.out << fmt::format("publishing telemetry of {}\n", settings.node);
    context.out.flush();
    agent->run(wait);
    const auto& counts = agent->counts();
    context.out << fmt::format("published {} samples, dropped {}\n", counts.published,
                               counts.dropped);
    return ExitCode::kSuccess;
}

}  // namespace galileo::cli
