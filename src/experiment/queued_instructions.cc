#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <regex>

#include "base/log.h"
#include "experiment/instruction.h"
#include "experiment/queued_load.h"

namespace galileo::experiment {

namespace {

constexpr std::size_t kLongestPattern = 200;  ///< the library's matcher recurses
constexpr int kDeepestSource = 16;
/// Commands that take less than this do not move the schedule of the sleeps.
constexpr std::chrono::milliseconds kSlack{250};

/// Lines one after the other, and what they share.
class Interpreter {
  public:
    explicit Interpreter(const LoadTools& tools) : tools_(tools), due_(tools.clock.monotonic()) {}

    /// `depth` counts sources within sources.
    void follow(std::string_view text, int depth);
    LoadOutcome outcome() && { return std::move(outcome_); }

    Result<void> operator()(const SpawnInstruction& spawn);
    Result<void> operator()(const RateInstruction& rate);
    Result<void> operator()(const CloseInstruction& close);
    Result<void> operator()(const SleepInstruction& sleep);
    Result<void> operator()(const EchoInstruction& echo);
    Result<void> operator()(const SourceInstruction& source);
    Result<void> operator()(const LoggingInstruction& logging);
    Result<void> operator()(const ListInstruction& list);
    Result<void> operator()(PlainInstruction plain);

  private:
    Result<std::vector<std::string>> workers(const std::string& pattern);
    /// Calls `act(worker, group)` for each matching worker and says how it went.
    template <typename Act>
    Result<void> for_each_worker(const std::string& pattern,
                                 const std::string& service,
                                 const std::string& client,
                                 const Act& act);
    void print_groups(const std::string& pattern);

    const LoadTools& tools_;
    base::MonotonicTime due_;
    int depth_ = 0;
    bool ended_ = false;
    LoadOutcome outcome_;
};

void Interpreter::follow(std::string_view text, int depth) {
    while (!text.empty() && !ended_ && !outcome_.stopped) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (is_no_instruction(line)) {
            continue;
        }
        depth_ = depth;
        const auto instruction = parse_instruction(line);
        const auto done = instruction ? std::visit(*this, *instruction) : instruction.error();
        if (!done) {
            outcome_.add_trouble(fmt::format("{}: {}", line, done.error().message()));
        }
    }
}

Result<std::vector<std::string>> Interpreter::workers(const std::string& pattern) {
    if (pattern.size() > kLongestPattern) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("a pattern of more than {} characters", kLongestPattern));
    }
    const auto present = TRY(tools_.cluster.present_workers());
    std::vector<std::string> names;
    try {
        const std::regex wanted(pattern);
        for (const auto& worker : present) {
            if (std::regex_match(worker.name, wanted)) {
                names.push_back(worker.name);
            }
        }
    } catch (const std::regex_error& error) {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format("'{}' cannot be used as a regular expression: {}", pattern, error.what()));
    }
    return names;
}

template <typename Act>
Result<void> Interpreter::for_each_worker(const std::string& pattern,
                                          const std::string& service,
                                          const std::string& client,
                                          const Act& act) {
    const auto names = TRY(workers(pattern));
    if (names.empty()) {
        return Error(ErrorCode::kNotFound, fmt::format("no worker matches '{}'", pattern));
    }
    for (const auto& worker : names) {
        const auto group =
            fmt::format("{}:{}:{}", worker, service, client.empty() ? service : client);
        if (const auto done = act(worker, group); done) {
            base::log_info("{}: OK ({})", worker, group);
        } else {
            outcome_.add_trouble(fmt::format("{}: ERROR ({})", worker, done.error().message()));
        }
    }
    return {};
}

Result<void> Interpreter::operator()(const SpawnInstruction& spawn) {
    model::ClientConfig config;
    config.service = spawn.service;
    if (!spawn.client.empty()) {
        config.client = spawn.client;
    }
    config.parameters = spawn.parameters;
    return for_each_worker(spawn.workers, spawn.service, spawn.client,
                           [&](const std::string& worker, const std::string& group) {
                               return tools_.session.spawn_on(worker, group, config, spawn.count);
                           });
}

Result<void> Interpreter::operator()(const RateInstruction& rate) {
    return for_each_worker(rate.workers, rate.service, rate.client,
                           [&](const std::string&, const std::string& group) {
                               return tools_.session.set_rate(group, rate.rate);
                           });
}

Result<void> Interpreter::operator()(const CloseInstruction& close) {
    return for_each_worker(
        close.workers, close.service, close.client,
        [&](const std::string&, const std::string& group) { return tools_.session.close(group); });
}

/// Sleeps follow one another on one schedule, so that what the commands between them take does not
/// add up.
Result<void> Interpreter::operator()(const SleepInstruction& sleep) {
    const auto now = tools_.clock.monotonic();
    due_ = (now - due_ > kSlack ? now : due_) + base::from_seconds(sleep.seconds);
    outcome_.stopped = tools_.pause(due_);
    return {};
}

Result<void> Interpreter::operator()(const EchoInstruction& echo) {
    base::log_info("{}", echo.text);
    return {};
}

Result<void> Interpreter::operator()(const SourceInstruction& source) {
    if (depth_ >= kDeepestSource) {
        return Error(ErrorCode::kExhausted,
                     fmt::format("more than {} sources within each other", kDeepestSource));
    }
    std::ifstream file(source.file);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    if (!file) {
        return Error(ErrorCode::kNotFound, fmt::format("cannot read {}", source.file));
    }
    follow(text, depth_ + 1);
    return {};
}

Result<void> Interpreter::operator()(const LoggingInstruction& logging) {
    TRY(logging.on ? tools_.cluster.start_tracing() : tools_.cluster.stop_tracing());
    return {};
}

Result<void> Interpreter::operator()(const ListInstruction& list) {
    if (list.what == ListInstruction::What::kClientGroups) {
        print_groups(list.pattern);
        return {};
    }
    base::log_info("workers: {}", fmt::join(TRY(workers(list.pattern)), ", "));
    return {};
}

void Interpreter::print_groups(const std::string& pattern) {
    for (const auto& [name, group] : tools_.session.groups()) {
        if (pattern == ".*" || name.starts_with(pattern + ":")) {
            base::log_info("{}: {} clients, {} requests/s", name, group.size, group.rate);
        }
    }
}

Result<void> Interpreter::operator()(PlainInstruction plain) {
    switch (plain) {
        case PlainInstruction::kExit:
            ended_ = true;
            break;
        case PlainInstruction::kDate:
            base::log_info(
                "{:%Y-%m-%d %H:%M:%S}",
                fmt::localtime(std::chrono::system_clock::to_time_t(tools_.clock.wall())));
            break;
        case PlainInstruction::kInfo:
            print_groups(".*");
            break;
        case PlainInstruction::kDiscover:
            base::log_info("{} workers asked to register", TRY(tools_.cluster.discover()));
            break;
        case PlainInstruction::kPing:
            for (const auto& answer : TRY(tools_.cluster.ping())) {
                base::log_info("ping: {}", answer ? *answer : answer.error().message());
            }
            break;
    }
    return {};
}

}  // namespace

Result<LoadOutcome> follow_instructions(std::string_view text, const LoadTools& tools) {
    Interpreter interpreter(tools);
    interpreter.follow(text, 0);
    return std::move(interpreter).outcome();
}

}  // namespace galileo::experiment
