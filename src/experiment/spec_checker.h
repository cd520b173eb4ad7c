#pragma once

#include <fmt/format.h>

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/spec.h"
#include "experiment/spec_problems.h"

namespace galileo::experiment {

inline constexpr std::chrono::nanoseconds kOneHour = std::chrono::hours(1);

/// ASCII control characters, line breaks among them.
bool has_control(std::string_view text);
bool is_alphanumeric(char character);
/// What may name a service, workload, target or app: these end up in client ids, trace lines and
/// Redis keys.
bool is_word(std::string_view name);

/// Walks through a specification and reports what breaks a rule; one member per kind of thing. The
/// rules of workloads are in spec_check_workload.cc, the others in spec_check.cc. Borrows both.
/// Thread-compatible.
class SpecChecker {
  public:
    SpecChecker(ExperimentSpec& spec, SpecProblems& problems) : spec_(spec), problems_(problems) {}

    void run();

  private:
    static std::string workload_path(std::size_t at) { return fmt::format("workloads[{}]", at); }

    /// `given X; allowed: <what the table of keys says>`.
    template <typename Given>
    void refuse(const std::string& path,
                std::string_view section,
                std::string_view key,
                const Given& given) {
        problems_.broken(path.empty() ? std::string(key) : fmt::format("{}.{}", path, key),
                         fmt::format("given {}; allowed: {}", given, allowed_values(section, key)));
    }

    void check_word(const std::string& name, const std::string& path, std::string_view what);

    template <typename Named>
    static std::vector<std::string_view> names_of(const std::vector<Named>& all) {
        std::vector<std::string_view> names;
        names.reserve(all.size());
        for (const auto& each : all) {
            names.push_back(each.name);
        }
        return names;
    }

    void check_finite(const model::Json& value, const std::string& path);
    void check_names();
    void check_services();
    void check_routes(const ServiceSpec& service, const std::string& path);
    void check_route(const Route& route, const std::string& path);
    void check_targets();
    void check_target(const TargetSpec& target, const std::string& path);
    void check_workers();
    void check_workloads();
    void check_identity(WorkloadSpec& workload, const std::string& path);
    void check_labels(const WorkloadSpec& workload, const std::string& path);
    void check_request(const RequestSpec& request, const std::string& path);
    void check_headers(const RequestSpec& request, const std::string& path);
    void check_form(const model::Json& form, const std::string& path, std::string_view key);
    void check_profile(const WorkloadSpec& workload, const std::string& path);
    void check_stages(const Stages& stages, const std::string& path);
    void check_ticks(const Ticks& ticks, const std::string& path);
    void fill_duration();
    void check_times(const WorkloadSpec& workload, const std::string& path);
    void check_limits();

    ExperimentSpec& spec_;
    SpecProblems& problems_;
    std::set<std::string> workload_names_;
};

}  // namespace galileo::experiment
