#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "apps/archive.h"
#include "apps/library.h"
#include "apps/manifest.h"
#include "apps/repository.h"
#include "base/clock.h"
#include "cli/execute.h"
#include "model/json.h"
#include "model/python_repr.h"

namespace galileo::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDotFileBytes = 65'536;
constexpr const char* kDefaultApi = "http://localhost:5001/api";

/// The address in `~/.galileo-cli`; empty: there is no such file.
Result<std::string> api_of_dot_file(const base::Environment& environment) {
    const std::string home = environment.get("HOME", "");
    if (home.empty()) {
        return std::string();
    }
    const fs::path path = fs::path(home) / ".galileo-cli";
    const auto text = apps::read_app_file(path, kDotFileBytes);
    if (!text) {
        return text.error().code() == ErrorCode::kNotFound ? Result<std::string>(std::string())
                                                           : Result<std::string>(text.error());
    }
    const auto json = TRY_WITHIN(path.string(), model::parse_json(*text));
    if (!json.is_object() || !json.contains("api") || !json["api"].is_string()) {
        return Error(ErrorCode::kInvalidInput,
                     path.string() + ": want {\"api\": \"http://host:5001/api\"}");
    }
    return json["api"].get<std::string>();
}

Result<std::string> find_api(const AppFlags& flags, const base::Environment& environment) {
    if (!flags.api.empty()) {
        return flags.api;
    }
    if (const std::string url = environment.get("galileo_api_url", ""); !url.empty()) {
        return url;
    }
    const std::string url = TRY(api_of_dot_file(environment));
    return url.empty() ? std::string(kDefaultApi) : url;
}

Result<ExitCode> list_apps(const apps::Repository& repository, Context& context) {
    for (const auto& app : TRY(repository.list())) {
        context.out << model::to_python_repr(app) << '\n';
    }
    return ExitCode::kSuccess;
}

Result<ExitCode> deploy_app(const apps::Repository& repository,
                            const fs::path& path,
                            Context& context) {
    const apps::ArchiveLimits limits;
    std::string archive;
    if (path.extension() == ".zip") {
        archive = TRY(apps::read_app_file(path, limits.archive_bytes));
    } else {
        const auto text = apps::read_app_file(path / "manifest.yml", apps::kManifestBytes);
        if (!text && text.error().code() == ErrorCode::kNotFound) {
            context.out << "No manifest.yml found in " << path.string() << '\n';
            return ExitCode::kFailure;
        }
        const std::string context_of_manifest = (path / "manifest.yml").string();
        const auto manifest =
            TRY_WITHIN(context_of_manifest, text ? apps::parse_manifest(*text) : text.error());
        TRY_WITHIN(context_of_manifest, apps::check_app_name(manifest.name));
        context.out << "Manifest OK: " << manifest.name << '\n';
        archive = TRY(apps::pack_zip(path, limits));
    }
    const auto verdict = TRY(repository.deploy(std::move(archive)));
    context.out << model::to_python_repr(verdict.answer) << '\n';
    return verdict.outcome == apps::Repository::Verdict::Outcome::kTaken ? ExitCode::kSuccess
                                                                         : ExitCode::kFailure;
}

Result<ExitCode> remove_app(const apps::Repository& repository,
                            const std::string& name,
                            Context& context) {
    TRY(apps::check_app_name(name));
    const bool removed = TRY(repository.remove(name));
    context.out << (removed ? "deleted " : "did not delete ") << name << '\n';
    return removed ? ExitCode::kSuccess : ExitCode::kFailure;
}

}  // namespace

Result<ExitCode> execute_app(const AppFlags& flags, Context& context) {
    const std::string api = TRY(find_api(flags, context.environment));
    const apps::Repository repository(api, TRY(apps::find_api_token(context.environment)),
                                      base::system_clock());
    switch (flags.action) {
        case AppFlags::Action::kDeploy:
            return deploy_app(repository, flags.path, context);
        case AppFlags::Action::kRemove:
            return remove_app(repository, flags.name, context);
        default:
            return list_apps(repository, context);
    }
}

}  // namespace galileo::cli
