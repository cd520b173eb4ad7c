#include "apps/feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <utility>

#include "model/json.h"

namespace galileo::apps {

namespace {

using model::Json;
using Requests = std::vector<std::shared_ptr<const http::RequestTemplate>>;

Result<void> add_request(Requests& requests,
                         const Json& parameters,
                         const http::TemplateOptions& options) {
    if (!parameters.is_object()) {
        return Error(ErrorCode::kInvalidInput,
                     R"(not an object such as {"method": "get", "path": "/"})");
    }
    if (requests.size() == Feed::kMaxRequests) {
        return Error(ErrorCode::kExhausted,
                     fmt::format("more than {} requests", Feed::kMaxRequests));
    }
    auto request = TRY(http::RequestTemplate::from_parameters(parameters, options));
    requests.push_back(std::make_shared<const http::RequestTemplate>(std::move(request)));
    return {};
}

std::string at_line(std::size_t line) {
    return fmt::format("line {}", line);
}

/// One record after the other. Thread-compatible.
class CsvReader {
  public:
    explicit CsvReader(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    /// Where the next record begins, counted from 1.
    [[nodiscard]] std::size_t line() const noexcept { return line_; }

    /// The fields of the next record; one empty field for an empty line.
    Result<std::vector<std::string>> next() {
        std::vector<std::string> fields;
        while (true) {
            fields.push_back(TRY(field()));
            if (rest_.empty()) {
                return fields;
            }
            const char separator = rest_.front();
            rest_.remove_prefix(1);
            if (separator == '\n') {
                ++line_;
                return fields;
            }
        }
    }

  private:
    /// Up to the comma or the line's end behind it.
    Result<std::string> field() {
        if (!rest_.starts_with('"')) {
            std::string_view plain = rest_.substr(0, rest_.find_first_of(",\n"));
            rest_.remove_prefix(plain.size());
            if (plain.ends_with('\r')) {
                plain.remove_suffix(1);
            }
            return std::string(plain);
        }
        std::string quoted;
        std::size_t from = 1;
        while (true) {
            const std::size_t quote = rest_.find('"', from);
            if (quote == std::string_view::npos) {
                return Error(ErrorCode::kInvalidInput, "a quoted field without its end");
            }
            quoted.append(rest_, from, quote - from);
            from = quote + 1;
            if (from == rest_.size() || rest_[from] != '"') {
                break;
            }
            quoted += '"';
            ++from;
        }
        line_ += static_cast<std::size_t>(std::count(quoted.begin(), quoted.end(), '\n'));
        rest_.remove_prefix(from);
        if (rest_.starts_with("\r\n")) {
            rest_.remove_prefix(1);
        }
        if (!rest_.empty() && rest_.front() != ',' && rest_.front() != '\n') {
            return Error(ErrorCode::kInvalidInput, "text behind the end of a quoted field");
        }
        return quoted;
    }

    std::string_view rest_;
    std::size_t line_ = 1;
};

Result<void> check_columns(const std::vector<std::string>& columns) {
    constexpr std::array<std::string_view, 4> kColumns{"method", "path", "data", "kwargs"};
    for (const auto& column : columns) {
        if (std::find(kColumns.begin(), kColumns.end(), column) == kColumns.end()) {
            return Error(
                ErrorCode::kInvalidInput,
                fmt::format("unknown column '{}'; allowed are method, path, data, kwargs", column));
        }
        if (std::count(columns.begin(), columns.end(), column) > 1) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("column '{}' is there twice", column));
        }
    }
    if (std::find(columns.begin(), columns.end(), "path") == columns.end()) {
        return Error(ErrorCode::kInvalidInput, "no column 'path'");
    }
    return {};
}

Result<Json> parameters_of(const std::vector<std::string>& columns,
                           const std::vector<std::string>& fields) {
    if (fields.size() != columns.size()) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("{} fields; the header has {}", fields.size(), columns.size()));
    }
    Json parameters = Json::object();
    Json arguments = Json::object();
    std::string data;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (fields[i].empty()) {
            continue;
        }
        if (columns[i] == "kwargs") {
            arguments = TRY_WITHIN("kwargs", model::parse_json(fields[i]));
        } else if (columns[i] == "data") {
            data = fields[i];
        } else {
            parameters[columns[i]] = fields[i];
        }
    }
    if (!data.empty() && arguments.is_object()) {
        arguments["data"] = data;
    }
    parameters["kwargs"] = std::move(arguments);
    return parameters;
}

Result<FeedMode> mode_of(const Json& manifest) {
    const auto mode = manifest.find("mode");
    if (mode == manifest.end() || *mode == "cycle") {
        return FeedMode::kCycle;
    }
    if (*mode == "random") {
        return FeedMode::kRandom;
    }
    if (*mode == "once") {
        return FeedMode::kOnce;
    }
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("manifest.yml: mode: {} is unknown; allowed are cycle, random, once",
                             model::to_python_json(*mode)));
}

Result<std::filesystem::path> file_of(const App& app) {
    const auto& manifest = app.manifest.content;
    if (const auto file = manifest.find("file"); file != manifest.end()) {
        const std::string name = file->is_string() ? file->get<std::string>() : "";
        const bool inside = !name.empty() && name.find('/') == std::string::npos && name != "..";
        if (!inside || !(name.ends_with(".jsonl") || name.ends_with(".csv"))) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("manifest.yml: file: {} is not the name of a .jsonl or .csv "
                                     "file beside the manifest",
                                     model::to_python_json(*file)));
        }
        return app.path / name;
    }
    for (const auto* name : {"requests.jsonl", "requests.csv"}) {
        std::error_code ignored;
        if (std::filesystem::exists(app.path / name, ignored)) {
            return app.path / name;
        }
    }
    return Error(
        ErrorCode::kNotFound,
        fmt::format("{}: a feed needs a file requests.jsonl or requests.csv", app.path.string()));
}

}  // namespace

Result<Requests> parse_feed_lines(std::string_view text, const http::TemplateOptions& options) {
    Requests requests;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view record = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (record.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        const auto parameters = TRY_WITHIN(at_line(line), model::parse_json(record));
        TRY_WITHIN(at_line(line), add_request(requests, parameters, options));
    }
    return requests;
}

Result<Requests> parse_feed_table(std::string_view text, const http::TemplateOptions& options) {
    Requests requests;
    CsvReader reader(text);
    const auto columns = TRY_WITHIN(at_line(1), reader.next());
    TRY_WITHIN(at_line(1), check_columns(columns));
    while (!reader.at_end()) {
        const std::string line = at_line(reader.line());
        const auto fields = TRY_WITHIN(line, reader.next());
        if (fields.size() == 1 && fields[0].empty()) {
            continue;
        }
        const auto parameters = TRY_WITHIN(line, parameters_of(columns, fields));
        TRY_WITHIN(line, add_request(requests, parameters, options));
    }
    return requests;
}

Result<std::shared_ptr<const Feed>> Feed::load(const App& app,
                                               const http::TemplateOptions& options) {
    auto feed = std::make_shared<Feed>();
    feed->mode = TRY(mode_of(app.manifest.content));
    const auto path = TRY(file_of(app));
    const std::string text = TRY(read_app_file(path, kMaxFileBytes));
    feed->requests =
        TRY_WITHIN(path.string(), path.extension() == ".csv" ? parse_feed_table(text, options)
                                                             : parse_feed_lines(text, options));
    if (feed->requests.empty()) {
        return Error(ErrorCode::kInvalidInput, path.string() + ": no requests");
    }
    return std::shared_ptr<const Feed>(std::move(feed));
}

FeedPlayer::FeedPlayer(std::shared_ptr<const Feed> feed, base::Rng rng)
    : feed_(std::move(feed)), rng_(rng) {}

bool FeedPlayer::used_up() const noexcept {
    return feed_->mode == FeedMode::kOnce && position_ == feed_->requests.size();
}

std::shared_ptr<const http::RequestTemplate> FeedPlayer::next() {
    if (feed_->mode == FeedMode::kRandom) {
        return feed_->requests[rng_.below(feed_->requests.size())];
    }
    if (position_ == feed_->requests.size()) {
        if (feed_->mode == FeedMode::kOnce) {
            return nullptr;
        }
        position_ = 0;
    }
    return feed_->requests[position_++];
}

}  // namespace galileo::apps
