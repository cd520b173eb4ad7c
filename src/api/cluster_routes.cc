#include "api/cluster_routes.h"

#include <algorithm>
#include <string>
#include <vector>

#include "api/answers.h"
#include "coord/registry.h"
#include "coord/routing_store.h"
#include "model/json.h"

namespace galileo::api {

namespace {

/// What the original answers to `/api/services`, always.
constexpr const char* kServiceOfTheOriginal = "mxnet-model-server";

Response list_routes() {
    const auto leaf = [](const char* uri, const char* type) {
        return model::Json{{"uri", uri}, {"type", type}};
    };
    return json_answer(
        200, model::Json::array({leaf("/api/apps/{app_name}/download", "RepositoryResource"),
                                 leaf("/api/experiments/{exp_id}", "ExperimentResource"),
                                 leaf("/api/services", "ServicesResource"),
                                 leaf("/api/worker", "WorkerResource")}));
}

Response list_workers(const Backend& backend) {
    const auto workers = coord::Registry(backend.redis).workers();
    return workers ? json_answer(200, *workers) : answer_of(workers.error());
}

Response list_services(const Backend& backend) {
    auto services = coord::RoutingStore(backend.redis).services();
    if (!services) {
        return answer_of(services.error());
    }
    std::erase(*services, kServiceOfTheOriginal);
    services->insert(services->begin(), kServiceOfTheOriginal);
    model::Json list = model::Json::array();
    for (const auto& service : *services) {
        list.push_back({{"name", service}});
    }
    return json_answer(200, list);
}

}  // namespace

void add_cluster_routes(Router& router, const Backend& backend) {
    const auto add = [&router](const char* path, std::function<Response(const Call&)> answer) {
        router.add(path, {{"GET", {Role::kViewer, 0, std::move(answer)}}});
    };
    add("/api", [](const Call&) { return list_routes(); });
    add("/api/worker", [&](const Call&) { return list_workers(backend); });
    add("/api/services", [&](const Call&) { return list_services(backend); });
    add("/api/policies/balancing",
        [](const Call&) { return json_answer(200, model::Json::array()); });
}

}  // namespace galileo::api
