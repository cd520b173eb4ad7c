#include "api/service.h"

#include <string>
#include <utility>

#include "api/answers.h"
#include "api/app_routes.h"
#include "api/cluster_routes.h"
#include "api/experiment_routes.h"

namespace galileo::api {

namespace {

Admission refused(Response response) {
    Admission admission;
    admission.refusal = std::move(response);
    return admission;
}

/// OPTIONS, as falcon answers it (contract 6).
Response answer_options(const Request& head, const Router::Endpoints& endpoints) {
    Response response = empty_answer(200);
    const std::string methods = methods_of(endpoints, WithOptions::kNo);
    if (head.header("Access-Control-Request-Method").empty()) {
        response.headers.push_back({"allow", methods});
        return response;
    }
    const auto wanted = head.header("Access-Control-Request-Headers");
    response.headers.push_back({"access-control-allow-methods", methods});
    response.headers.push_back(
        {"access-control-allow-headers", wanted.empty() ? "*" : std::string(wanted)});
    response.headers.push_back({"access-control-max-age", "86400"});
    return response;
}

Response denial(Access::Verdict verdict) {
    switch (verdict) {
        case Access::Verdict::kForeignHost:
            return error_answer(403, "Forbidden",
                                "this server does not answer for that Host; see --allow-host");
        case Access::Verdict::kForeignOrigin:
            return error_answer(403, "Forbidden",
                                "pages of that Origin may not change anything; see --cors-origin");
        case Access::Verdict::kForbidden:
            return error_answer(403, "Forbidden", "the role of this token is not enough");
        default:
            break;
    }
    Response response =
        error_answer(401, "Unauthorized",
                     verdict == Access::Verdict::kNoToken ? "want Authorization: Bearer TOKEN"
                                                          : "the token is wrong");
    response.headers.push_back({"www-authenticate", "Bearer"});
    return response;
}

}  // namespace

Service::Service(Access access, const Backend& backend) : access_(std::move(access)) {
    add_experiment_routes(router_, backend);
    add_app_routes(router_, backend);
    add_cluster_routes(router_, backend);
    router_.add("/healthz", {{"GET", {Role::kNobody, 0, [](const Call&) {
                                          return json_answer(200, {{"status", "ok"}});
                                      }}}});
}

Admission Service::admit(const Request& head) const {
    Admission admission = admit_route(head);
    admission.headers.push_back({"access-control-allow-origin", "*"});
    return admission;
}

Admission Service::admit_route(const Request& head) const {
    if (!access_.knows_host(head)) {
        return refused(denial(Access::Verdict::kForeignHost));
    }
    auto match = router_.find(head.path());
    if (!match) {
        return refused(empty_answer(404));
    }
    if (head.method == "OPTIONS") {
        return refused(answer_options(head, *match->endpoints));
    }
    const auto found = match->endpoints->find(head.method);
    if (found == match->endpoints->end()) {
        Response response = empty_answer(405);
        response.headers.push_back({"allow", methods_of(*match->endpoints, WithOptions::kYes)});
        return refused(std::move(response));
    }
    const Endpoint& endpoint = found->second;
    if (const auto verdict = access_.check(head, endpoint.role);
        verdict != Access::Verdict::kAllowed) {
        return refused(denial(verdict));
    }
    Admission admission;
    admission.body_bytes_max = endpoint.body_bytes_max;
    admission.lane =
        endpoint.role == Role::kNobody ? Admission::Lane::kLoop : Admission::Lane::kPool;
    admission.answer = [&endpoint,
                        parameters = std::move(match->parameters)](const Request& request) {
        return endpoint.answer({request, parameters});
    };
    return admission;
}

}  // namespace galileo::api
