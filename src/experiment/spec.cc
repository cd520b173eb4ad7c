#include "experiment/spec.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/fd.h"
#include "experiment/spec_document.h"
#include "experiment/spec_problems.h"
#include "experiment/spec_reader.h"

namespace galileo::experiment {

namespace {

constexpr std::string_view kTargetPrefix = "target:";

/// The content of a file, one byte more than allowed at the most.
Result<std::string> read_spec(const std::string& path) {
    const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        return base::errno_error(errno, path);
    }
    std::string text;
    std::array<char, 16384> buffer{};
    while (text.size() <= kMaxSpecBytes) {
        const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return base::errno_error(errno, path);
        }
        if (got == 0) {
            break;
        }
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return text;
}

template <typename Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

bool Stages::operator==(const Stages& other) const {
    return std::equal(stages.begin(), stages.end(), other.stages.begin(), other.stages.end(),
                      [](const pacing::Stage& left, const pacing::Stage& right) {
                          return left.duration == right.duration && left.from == right.from &&
                                 left.to == right.to;
                      });
}

std::optional<std::string_view> target_name(std::string_view host) {
    if (!host.starts_with(kTargetPrefix)) {
        return std::nullopt;
    }
    return host.substr(kTargetPrefix.size());
}

const std::vector<std::string_view>& router_names() {
    static const std::vector<std::string_view> names = {
        "CachingSymmetryHostRouter", "SymmetryHostRouter", "CachingSymmetryServiceRouter",
        "SymmetryServiceRouter",     "StaticRouter",       "DebugRouter"};
    return names;
}

const std::vector<std::string_view>& balancer_names() {
    static const std::vector<std::string_view> names = {"weighted-round-robin", "weighted-random",
                                                        "least-latency", "power-of-two-choices"};
    return names;
}

const ServiceSpec* ExperimentSpec::service(std::string_view service_name) const {
    return find_named(services, service_name);
}

const TargetSpec* ExperimentSpec::target(std::string_view target_name) const {
    return find_named(targets, target_name);
}

bool matches_labels(const Labels& labels, const Labels& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
        const auto found = labels.find(label.first);
        return found != labels.end() && found->second == label.second;
    });
}

Result<ExperimentSpec> load_spec(const std::string& path, SpecDiagnostics* diagnostics) {
    const std::string text = TRY(read_spec(path));
    return parse_spec(text, path, diagnostics);
}

Result<ExperimentSpec> parse_spec(std::string_view text,
                                  std::string_view file,
                                  SpecDiagnostics* diagnostics) {
    SpecDiagnostics found;
    found.file = file;
    ExperimentSpec spec;
    const SpecNode root = parse_document(text, found);
    if (found.empty()) {
        SpecProblems problems;
        spec = read_spec(root, problems);
        check(spec, problems);
        found = std::move(problems).finish(file);
    }
    if (diagnostics != nullptr) {
        *diagnostics = found;
    }
    if (!found.empty()) {
        return Error(ErrorCode::kInvalidInput, found.to_text());
    }
    return spec;
}

SpecDiagnostics check_spec(ExperimentSpec& spec) {
    SpecProblems problems;
    check(spec, problems);
    return std::move(problems).finish("");
}

}  // namespace galileo::experiment
