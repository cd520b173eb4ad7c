#include "cli/command_doctor.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "cli/common_flags.h"
#include "cli/doctor_checks.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "coord/redis_address.h"
#include "model/json.h"
#include "redis/client.h"

namespace galileo::cli {

namespace {

/// The libraries that this program was built with, as CMake found them: `OpenSSL 3.0.17, ...`.
constexpr std::string_view kLibraries = GALILEO_LIBRARY_VERSIONS;

/// The version that a server says it is.
Result<std::string> ask_redis_version(const redis::RedisOptions& options) {
    const auto client = TRY(redis::Client::open(options, base::system_clock()));
    const redis::Reply reply = TRY(client->command({"INFO", "server"}));
    const std::string information = TRY(reply.text());
    constexpr std::string_view kField = "redis_version:";
    const auto begin = information.find(kField);
    if (begin == std::string::npos) {
        return Error(ErrorCode::kProtocol,
                     options.to_string() + ": answers, but not as Redis does");
    }
    const auto end = information.find_first_of("\r\n", begin);
    return information.substr(begin + kField.size(), end - begin - kField.size());
}

void gather_redis(const coord::RedisAddress& address, Facts& facts) {
    facts.redis_configured = address.source != coord::RedisAddress::Source::kDefault &&
                             address.embedded_directory.empty();
    if (!facts.redis_configured) {
        return;
    }
    auto options = address.options;
    options.connect_timeout = options.command_timeout = std::chrono::seconds(3);
    facts.redis_name = options.to_string();
    auto version = ask_redis_version(options);
    if (version) {
        facts.redis_version = *version;
    } else {
        facts.redis_error = version.error().message();
        facts.redis_denied = version.error().code() == ErrorCode::kDenied;
    }
}

std::string to_text(const std::vector<Check>& checks) {
    std::string text;
    for (const auto& check : checks) {
        text +=
            fmt::format(" {:<5} {:<15} {}\n", to_string(check.verdict), check.name, check.detail);
        if (!check.fix.empty()) {
            text += fmt::format("       {:<15} fix: {}\n", "", check.fix);
        }
    }
    const auto count = [&checks](Verdict verdict) {
        return std::count_if(checks.begin(), checks.end(),
                             [verdict](const Check& check) { return check.verdict == verdict; });
    };
    return text + fmt::format("\n {} ok, {} warnings, {} failures\n", count(Verdict::kOk),
                              count(Verdict::kWarning), count(Verdict::kFailure));
}

std::string to_json(const std::vector<Check>& checks, bool healthy) {
    model::Json all = model::Json::array();
    for (const auto& check : checks) {
        model::Json one = {
            {"name", check.name}, {"verdict", to_string(check.verdict)}, {"detail", check.detail}};
        one["fix"] = check.fix.empty() ? model::Json() : model::Json(check.fix);
        all.push_back(std::move(one));
    }
    const model::Json report = {
        {"version", GALILEO_VERSION}, {"healthy", healthy}, {"checks", std::move(all)}};
    return pretty_json(report);
}

}  // namespace

Manual DoctorCommand::manual() const {
    return {
        .name = "doctor",
        .group = "Try and check",
        .summary = "check this machine, and say how to fix what is wrong",
        .usage = "[OPTIONS]",
        .description = {"Looks at the limits and programs that load tests need: open files, "
                        "outgoing ports, accept queue, kernel, processors, "
                        "clock, disk, redis-server, and the Redis that is configured, if one is. "
                        "Each line says ok, warn or FAIL, and what to do. "
                        "Changes nothing."},
        .examples = {{"galileo doctor", "check this machine"},
                     {"galileo doctor --redis 10.0.0.5:6379 --json",
                      "check the way to a Redis too, as JSON"}},
        .environment = {},
        .exit_codes = {{"0", "no check failed; warnings may be there"}, {"1", "a check failed"}},
        .see_also = {"target"},
    };
}

void DoctorCommand::declare(CLI::App& app) {
    add_switch(app, "--json", form_, Form::kJson, "print one JSON object");
    declare_redis(app, redis_);
    declare_log_level(app);
}

Result<ExitCode> DoctorCommand::run(Context& context) {
    const auto address = TRY(coord::find_redis(redis_, context.environment));
    Facts facts = gather_facts();
    gather_redis(address, facts);
    auto checks = diagnose(facts);
    checks.push_back({"libraries", Verdict::kOk, std::string(kLibraries), {}});
    const bool healthy = std::none_of(checks.begin(), checks.end(), [](const Check& check) {
        return check.verdict == Verdict::kFailure;
    });
    context.out << (form_ == Form::kJson ? to_json(checks, healthy) : to_text(checks));
    return healthy ? ExitCode::kSuccess : ExitCode::kFailure;
}

}  // namespace galileo::cli
