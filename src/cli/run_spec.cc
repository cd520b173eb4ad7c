#include "cli/run_spec.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/request.h"
#include "model/json.h"

namespace galileo::cli {

namespace {

constexpr std::chrono::seconds kShortFormDuration{10};

model::Json headers_json(const RunFlags& flags) {
    if (flags.headers.empty()) {
        return nullptr;
    }
    model::Json headers = model::Json::object();
    for (const auto& [name, value] : flags.headers) {
        headers[name] = value;
    }
    return headers;
}

Result<experiment::RequestSpec> request_of(const RunFlags& flags, const std::string& target) {
    experiment::RequestSpec request;
    request.path = target;
    request.method = !flags.method.empty()           ? flags.method
                     : flags.data || flags.json_body ? "POST"
                                                     : "GET";
    request.headers = headers_json(flags);
    request.body = flags.data;
    if (flags.json_body) {
        request.json = TRY_WITHIN("--json-body", model::parse_json(*flags.json_body));
    }
    if (flags.timeout) {
        request.timeout = *flags.timeout;
    }
    request.verify_tls = flags.verify_tls;
    return request;
}

/// `127.0.0.1-8080`: runs over one Redis against several ports share no record of the routing
/// table.
std::string service_name(const http::Origin& origin) {
    std::string name = origin.authority;
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == ':' || c == '[' || c == ']'; }, '-');
    return name;
}

/// One service behind the URL's host, one workload.
Result<experiment::ExperimentSpec> short_form(const RunFlags& flags) {
    const auto url = TRY_WITHIN("--url", http::parse_url(flags.url));
    const std::string scheme = url.origin.scheme == http::Scheme::kHttps ? "https://" : "";
    experiment::ExperimentSpec spec;
    spec.duration = flags.duration.value_or(kShortFormDuration);
    spec.services.push_back(
        {.name = service_name(url.origin), .routes = {{.host = scheme + url.origin.authority}}});
    experiment::WorkloadSpec workload;
    workload.service = spec.services.front().name;
    workload.clients = flags.clients;
    workload.request = TRY(request_of(flags, url.target));
    workload.max_requests = flags.count;
    workload.spacing =
        flags.arrival == Arrival::kPoisson ? pacing::Spacing::kPoisson : pacing::Spacing::kEven;
    if (flags.model == LoadModel::kClosed) {
        // So many connections are to be busy: each client keeps its share of them in flight.
        const std::uint64_t in_flight = flags.connections.value_or(flags.clients) / flags.clients;
        workload.profile = experiment::ClosedLoop{std::max<std::uint64_t>(in_flight, 1)};
    } else {
        workload.profile = experiment::ConstantRate{flags.rate.value_or(0)};
    }
    spec.workloads.push_back(std::move(workload));
    return spec;
}

void apply(const RunFlags& flags, experiment::ExperimentSpec& spec) {
    if (flags.duration) {
        spec.duration = *flags.duration;
    }
    if (flags.connections) {
        spec.connections = flags.connections;
    }
    if (flags.processes) {
        const auto last = spec.workers.empty() ? experiment::WorkerSpec{} : spec.workers.back();
        spec.workers.resize(*flags.processes, last);
    }
    if (flags.threads) {
        if (spec.workers.empty()) {
            spec.workers.emplace_back();
        }
        for (auto& worker : spec.workers) {
            worker.threads = static_cast<unsigned>(*flags.threads);
        }
    }
    if (flags.seed) {
        spec.seed = flags.seed;
    }
    if (!flags.name.empty()) {
        spec.name = flags.name;
    }
    if (!flags.creator.empty()) {
        spec.creator = flags.creator;
    }
    if (!flags.database.empty()) {
        spec.database = flags.database;
    }
    if (!flags.keep_alive) {
        spec.connection = experiment::ConnectionMode::kPerRequest;
    }
}

}  // namespace

Result<experiment::ExperimentSpec> spec_of(const RunFlags& flags) {
    auto spec =
        TRY(flags.spec_path.empty() ? short_form(flags) : experiment::load_spec(flags.spec_path));
    apply(flags, spec);
    const auto problems = experiment::check_spec(spec);
    if (!problems.empty()) {
        return Error(ErrorCode::kInvalidInput, problems.to_text());
    }
    return spec;
}

}  // namespace galileo::cli
