#include "store/influx/options.h"

#include <fmt/format.h>

#include <charconv>

#include "http/request.h"

namespace galileo::store::influx {

namespace {

constexpr std::string_view kTimeout = "galileo_expdb_influxdb_timeout";

Result<std::chrono::milliseconds> timeout_of(const base::Environment& environment,
                                             std::chrono::milliseconds fallback) {
    const auto text = environment.find(kTimeout);
    if (!text || text->empty()) {
        return fallback;
    }
    constexpr unsigned kDay = 86'400'000;
    unsigned number = 0;
    const char* const end = text->data() + text->size();
    const auto [stop, failure] = std::from_chars(text->data(), end, number);
    if (failure != std::errc() || stop != end || number == 0 || number > kDay) {
        return Error(
            ErrorCode::kInvalidInput,
            fmt::format("{}: '{}' is not allowed; a whole number of milliseconds from 1 to {} is",
                        kTimeout, *text, kDay));
    }
    return std::chrono::milliseconds(number);
}

/// Neither may end the header that carries it.
Result<std::string> header_text(const base::Environment& environment,
                                std::string_view variable,
                                std::string_view fallback) {
    std::string text = environment.get(variable, fallback);
    for (const char letter : text) {
        if (static_cast<unsigned char>(letter) < ' ') {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("{}: holds a line break or another control character",
                                     variable));  // without the text: it is a secret
        }
    }
    return text;
}

}  // namespace

Result<InfluxOptions> InfluxOptions::from_environment(const base::Environment& environment) {
    InfluxOptions options;
    options.url = environment.get("galileo_expdb_influxdb_url", options.url);
    TRY_WITHIN("galileo_expdb_influxdb_url", http::parse_url(options.url));
    options.token = TRY(header_text(environment, "galileo_expdb_influxdb_token", options.token));
    options.timeout = TRY(timeout_of(environment, options.timeout));
    options.organisation = environment.get("galileo_expdb_influxdb_org", options.organisation);
    options.organisation_id =
        environment.get("galileo_expdb_influxdb_org_id", options.organisation_id);
    return options;
}

}  // namespace galileo::store::influx
