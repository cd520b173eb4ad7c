#include "store/influx/influx_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "http/exchange.h"
#include "http/response.h"
#include "model/json.h"

namespace galileo::store::influx {

namespace {

constexpr std::size_t kPartBytes = 1'048'576;
constexpr std::size_t kAnswerBytes = 1'048'576;
constexpr std::size_t kMessageBytes = 300;  // of what a server says, in our messages
constexpr int kFirstRedirect = 300;
constexpr int kBadRequest = 400;
constexpr int kTooLarge = 413;
constexpr int kUnprocessable = 422;

std::string percent_encoded(std::string_view text) {
    std::string out;
    constexpr std::string_view kUnreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";  // RFC 3986, 2.3
    for (const char letter : text) {
        if (kUnreserved.find(letter) != std::string_view::npos) {
            out += letter;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
        }
    }
    return out;
}

/// One request, kept beyond the exchange.
class Call final : public http::Exchange {
  public:
    void on_done() override {
        over = true;
        code = status;
        why = failure;
        answer = std::string(body);
    }

    bool over = false;
    int code = -1;
    http::Failure why = http::Failure::kNone;
    std::string answer;
};

bool is_organisation_id(std::string_view text) {
    constexpr std::size_t kDigits = 16;
    return text.size() == kDigits &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// Whether InfluxDB refused a request for what its lines say, not for who asks or where.
bool is_about_lines(int status) {
    return status == kBadRequest || status == kTooLarge || status == kUnprocessable;
}

ErrorCode code_of(int status) {
    constexpr int kRequestTimeout = 408;
    constexpr int kTooMany = 429;
    constexpr int kServer = 500;
    if (status == 401 || status == 403) {
        return ErrorCode::kDenied;
    }
    if (status == 404) {
        return ErrorCode::kNotFound;
    }
    if (status == kTooMany || status == kRequestTimeout || status >= kServer) {
        return ErrorCode::kUnavailable;
    }
    return status >= kBadRequest ? ErrorCode::kInvalidInput : ErrorCode::kProtocol;
}

std::string_view remedy_of(int status) {
    switch (status) {
        case 401:
        case 403:
            return "; galileo_expdb_influxdb_token must be allowed to make, write and delete "
                   "buckets";
        case 404:
            return "; galileo_expdb_influxdb_org and _url must be right, and the experiment's "
                   "bucket is made when it is saved";
        default:
            return "";
    }
}

/// `name` of the first object in `list`.
std::string first_id(const model::Json& answer, const char* list) {
    if (answer.is_object() && answer.contains(list) && answer[list].is_array() &&
        !answer[list].empty() && answer[list][0].is_object() && answer[list][0].contains("id") &&
        answer[list][0]["id"].is_string()) {
        return answer[list][0]["id"].get<std::string>();
    }
    return "";
}

}  // namespace

InfluxClient::InfluxClient(InfluxOptions options, http::Url url, std::unique_ptr<io::Loop> loop)
    : options_(std::move(options)),
      url_(std::move(url)),
      name_("InfluxDB at " + options_.url),
      loop_(std::move(loop)) {
    http::ClientOptions limits;
    limits.connect_timeout =
        std::min<std::chrono::nanoseconds>(limits.connect_timeout, options_.timeout);
    limits.capture_body_bytes = kAnswerBytes;
    limits.max_body_bytes = kAnswerBytes;
    client_ = std::make_unique<http::Client>(*loop_, resolver_, limits);
}

Result<std::unique_ptr<InfluxClient>> InfluxClient::open(const InfluxOptions& options,
                                                         base::Clock& clock) {
    http::Url url = TRY_WITHIN("galileo_expdb_influxdb_url", http::parse_url(options.url));
    while (url.target.ends_with('/')) {
        url.target.pop_back();
    }
    auto loop = TRY(io::Loop::create(clock));
    return std::unique_ptr<InfluxClient>(
        new InfluxClient(options, std::move(url), std::move(loop)));
}

Result<InfluxClient::Answer> InfluxClient::exchange(const http::RenderedRequest& request) {
    Call call;
    call.request = &request;
    call.timeout = options_.timeout;
    client_->start(call);
    while (!call.over) {
        loop_->turn(options_.timeout);
    }
    if (call.why == http::Failure::kTimeout) {
        return Error(ErrorCode::kTimeout,
                     fmt::format("{}: no answer within {} ms", name_, options_.timeout.count()));
    }
    if (call.why != http::Failure::kNone) {
        const bool garbage =
            call.why == http::Failure::kMalformed || call.why == http::Failure::kTooLarge;
        return Error(garbage ? ErrorCode::kProtocol : ErrorCode::kUnavailable,
                     fmt::format("{}: no answer ({})", name_, http::to_string(call.why)));
    }
    return Answer{.status = call.code, .body = std::move(call.answer)};
}

Result<InfluxClient::Answer> InfluxClient::send(std::string_view method,
                                                std::string_view path_and_query,
                                                std::string_view body) {
    const std::string_view type =
        body.starts_with('{') ? "application/json" : "text/plain; charset=utf-8";
    http::RenderedRequest request{.origin = url_.origin, .bytes = {}};
    request.bytes = fmt::format(
        "{} {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: galileo\r\nAccept: application/json\r\n"
        "Authorization: Token {}\r\n",
        method, url_.target, path_and_query, url_.origin.authority, options_.token);
    if (!body.empty()) {
        request.bytes +=
            fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", type, body.size());
    }
    request.bytes += "\r\n";
    request.bytes += body;
    request.follow_redirects = false;  // the token is for this server alone
    return exchange(request);
}

Result<InfluxClient::Answer> InfluxClient::ask(std::string_view method,
                                               std::string_view path_and_query,
                                               std::string_view body,
                                               int allowed) {
    Answer answer = TRY(send(method, path_and_query, body));
    if (answer.status >= kFirstRedirect && answer.status != allowed) {
        return error_of(answer);
    }
    return answer;
}

Error InfluxClient::error_of(const Answer& answer) const {
    std::string said;
    const auto json = model::parse_json(answer.body);
    if (json && json->is_object() && json->contains("message") && (*json)["message"].is_string()) {
        said = (*json)["message"].get<std::string>();
    } else {
        said = answer.body;
    }
    // A server, or a proxy before it, may repeat what it was sent.
    for (std::size_t at = said.find(options_.token);
         !options_.token.empty() && at != std::string::npos; at = said.find(options_.token, at)) {
        said.replace(at, options_.token.size(), "***");
    }
    said.resize(std::min(said.size(), kMessageBytes));
    std::replace_if(
        said.begin(), said.end(),
        [](char letter) { return static_cast<unsigned char>(letter) < ' '; }, ' ');
    return Error(code_of(answer.status),
                 fmt::format("{}: status {}{}{}{}", name_, answer.status, said.empty() ? "" : ": ",
                             said, remedy_of(answer.status)));
}

Result<std::string> InfluxClient::organisation_id() {
    if (is_organisation_id(options_.organisation_id)) {
        return options_.organisation_id;
    }
    if (!organisation_id_) {
        const Answer answer =
            TRY(ask("GET", "/api/v2/orgs?org=" + percent_encoded(options_.organisation), ""));
        const std::string id = first_id(TRY_WITHIN(name_, model::parse_json(answer.body)), "orgs");
        if (id.empty()) {
            return Error(
                ErrorCode::kNotFound,
                fmt::format("{}: no organisation '{}'; galileo_expdb_influxdb_org names it", name_,
                            options_.organisation));
        }
        organisation_id_ = id;
    }
    return *organisation_id_;
}

Result<void> InfluxClient::make_bucket(std::string_view name) {
    const std::string organisation = TRY(organisation_id());
    const model::Json wanted = {{"orgID", organisation},
                                {"name", std::string(name)},
                                {"retentionRules", model::Json::array()}};
    const Answer answer =
        TRY(ask("POST", "/api/v2/buckets", model::to_python_json(wanted), kUnprocessable));
    // 422: there is one of this name, or the name is not allowed.
    if (answer.status == kUnprocessable &&
        answer.body.find("already exists") == std::string::npos) {
        return error_of(answer);
    }
    return {};
}

Result<void> InfluxClient::remove_bucket(std::string_view name) {
    constexpr int kMissing = 404;
    const Answer found =
        TRY(ask("GET",
                fmt::format("/api/v2/buckets?name={}&org={}", percent_encoded(name),
                            percent_encoded(options_.organisation)),
                "", kMissing));
    if (found.status == kMissing) {
        return {};
    }
    const std::string id = first_id(TRY_WITHIN(name_, model::parse_json(found.body)), "buckets");
    if (!id.empty()) {
        TRY(ask("DELETE", "/api/v2/buckets/" + percent_encoded(id), "", kMissing));
    }
    return {};
}

Result<LinesReport> InfluxClient::write(std::string_view bucket,
                                        std::span<const std::string> lines) {
    const std::string target =
        fmt::format("/api/v2/write?org={}&bucket={}&precision=ms",
                    percent_encoded(options_.organisation), percent_encoded(bucket));
    LinesReport report;
    while (!lines.empty()) {
        std::size_t count = 1;
        for (std::size_t bytes = lines[0].size(); count < lines.size(); ++count) {
            bytes += lines[count].size() + 1;
            if (bytes > kPartBytes) {
                break;
            }
        }
        TRY(write_part(target, lines.first(count), report));
        lines = lines.subspan(count);
    }
    if (report.written == 0 && report.refused > 0) {
        return Error(ErrorCode::kInvalidInput, report.why_refused);
    }
    return report;
}

Result<void> InfluxClient::write_part(const std::string& target,
                                      std::span<const std::string> lines,
                                      LinesReport& report) {
    std::string body;
    for (const std::string& line : lines) {
        body += line;
        body += '\n';
    }
    const Answer answer = TRY(send("POST", target, body));
    if (answer.status < kFirstRedirect) {
        report.written += lines.size();
        return {};
    }
    if (!is_about_lines(answer.status)) {
        return error_of(answer);
    }
    if (lines.size() == 1) {
        if (report.refused++ == 0) {
            report.why_refused = error_of(answer).message();
        }
        return {};
    }
    const std::size_t half = lines.size() / 2;
    TRY(write_part(target, lines.first(half), report));
    return write_part(target, lines.subspan(half), report);
}

}  // namespace galileo::store::influx
