#include "api/app_routes.h"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <utility>

#include "api/answers.h"
#include "base/fd.h"
#include "base/log.h"
#include "model/json.h"

namespace galileo::api {

namespace {

model::Json app_json(const apps::RepositoryDirectory::Entry& entry) {
    return {{"name", entry.name}, {"manifest", entry.manifest}};
}

Response list_apps(const Backend& backend) {
    const auto entries = backend.apps.list();
    if (!entries) {
        return answer_of(entries.error());
    }
    model::Json list = model::Json::array();
    for (const auto& entry : *entries) {
        list.push_back(app_json(entry));
    }
    return json_answer(200, list);
}

Response upload_app(const Backend& backend, const Request& request) {
    const auto entry = backend.apps.add(request.body);
    if (!entry) {
        return entry.error().code() == ErrorCode::kInvalidInput
                   ? error_answer(400, "Error processing upload", entry.error().message())
                   : answer_of(entry.error());
    }
    base::log_info("app {} ({} bytes) is deployed by {}", entry->name, request.body.size(),
                   request.peer);
    return json_answer(201, app_json(*entry));
}

Response show_app(const Backend& backend, const std::string& name) {
    const auto entry = backend.apps.find(name);
    return entry ? json_answer(200, app_json(*entry)) : answer_of(entry.error());
}

Response delete_app(const Backend& backend, const Request& request, const std::string& name) {
    const auto removed = backend.apps.remove(name);
    if (!removed) {
        return answer_of(removed.error());
    }
    if (*removed) {
        base::log_info("app {} is removed by {}", name, request.peer);
    }
    return json_answer(200, *removed);
}

Response download_app(const Backend& backend, const std::string& name) {
    const auto entry = backend.apps.find(name);
    if (!entry) {
        return answer_of(entry.error());
    }
    Response response;
    response.file = base::UniqueFd(::open(entry->archive.c_str(), O_RDONLY | O_CLOEXEC));
    if (!response.file) {
        return answer_of(base::errno_error(errno, entry->archive.string()));
    }
    // Names of archives put there by hand may hold anything.
    std::string file = entry->archive.filename().string();
    for (char& character : file) {
        const bool plain =
            character >= 0x20 && character < 0x7f && character != '"' && character != '\\';
        character = plain ? character : '_';
    }
    response.headers = {{"content-type", "application/zip"},
                        {"content-disposition", "attachment; filename=\"" + file + "\""}};
    return response;
}

}  // namespace

void add_app_routes(Router& router, const Backend& backend) {
    const std::size_t most = backend.apps.limits().archive_bytes;
    router.add("/api/apps",
               {{"GET", {Role::kViewer, 0, [&](const Call&) { return list_apps(backend); }}},
                {"POST", {Role::kAdmin, most, [&](const Call& call) {
                              return upload_app(backend, call.request);
                          }}}});
    router.add("/api/apps/{app_name}",
               {{"GET",
                 {Role::kViewer, 0,
                  [&](const Call& call) { return show_app(backend, call.parameters[0]); }}},
                {"DELETE", {Role::kAdmin, 0, [&](const Call& call) {
                                return delete_app(backend, call.request, call.parameters[0]);
                            }}}});
    router.add("/api/apps/{app_name}/download", {{"GET", {Role::kViewer, 0, [&](const Call& call) {
                                                              return download_app(
                                                                  backend, call.parameters[0]);
                                                          }}}});
}

}  // namespace galileo::api
