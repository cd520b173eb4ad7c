#include "model/client.h"

#include <array>

#include "model/wire.h"

namespace galileo::model {

namespace {

constexpr std::array<std::string_view, 4> kConfigFields = {"service", "client", "parameters",
                                                           "worker_labels"};
constexpr std::array<std::string_view, 3> kDescriptionFields = {"client_id", "worker", "config"};
constexpr std::array<std::string_view, 3> kInfoFields = {"description", "requests", "failed"};

Json text_or_null(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json(nullptr);
}

/// A list with exactly these elements (braces around one Json would copy it instead of wrapping).
Json list(Json::array_t elements) {
    return Json(std::move(elements));
}

}  // namespace

Json to_wire(const ClientConfig& config) {
    return list({Json(config.service), text_or_null(config.client), config.parameters,
                 config.worker_labels});
}

Json to_wire(const ClientDescription& description) {
    return list(
        {Json(description.client_id), Json(description.worker), to_wire(description.config)});
}

Json to_wire(const ClientInfo& info) {
    return list({to_wire(info.description), Json(info.requests), Json(info.failed)});
}

Result<ClientConfig> client_config_from_wire(const Json& wire) {
    const WireFields fields = TRY(WireFields::open(wire, "ClientConfig", kConfigFields));
    ClientConfig config;
    config.service = TRY(fields.text(0));
    config.client = TRY(fields.optional_text(1));
    config.parameters = TRY(fields.optional_object(2));
    config.worker_labels = TRY(fields.optional_object(3));
    return config;
}

Result<ClientDescription> client_description_from_wire(const Json& wire) {
    const WireFields fields = TRY(WireFields::open(wire, "ClientDescription", kDescriptionFields));
    ClientDescription description;
    description.client_id = TRY(fields.text(0));
    description.worker = TRY(fields.text(1));
    const Json* const config = fields.find(2);
    if (config == nullptr) {
        return fields.error(2, "missing");
    }
    description.config = TRY_WITHIN("ClientDescription", client_config_from_wire(*config));
    return description;
}

Result<ClientInfo> client_info_from_wire(const Json& wire) {
    const WireFields fields = TRY(WireFields::open(wire, "ClientInfo", kInfoFields));
    const Json* const description = fields.find(0);
    if (description == nullptr) {
        return fields.error(0, "missing");
    }
    ClientInfo info;
    info.description = TRY_WITHIN("ClientInfo", client_description_from_wire(*description));
    info.requests = TRY(fields.optional_count(1)).value_or(0);
    info.failed = TRY(fields.optional_count(2)).value_or(0);
    return info;
}

}  // namespace galileo::model
