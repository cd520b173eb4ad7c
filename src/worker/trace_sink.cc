#include "worker/trace_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/fd.h"
#include "base/log.h"
#include "coord/trace_lines.h"

namespace galileo::worker {

namespace {

constexpr std::string_view kCsvHeader =
    "request_id,client,service,created,sent,done,status,server,exp_id,headers,response\r\n";

void append_csv_field(std::string& line, std::string_view field) {
    if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
        line += field;
        return;
    }
    line += '"';
    for (const char letter : field) {
        if (letter == '"') {
            line += '"';
        }
        line += letter;
    }
    line += '"';
}

void append_csv_row(std::string& text, const model::Trace& trace) {
    append_csv_field(text, trace.request_id);
    text += ',';
    append_csv_field(text, trace.client);
    text += ',';
    append_csv_field(text, trace.service);
    fmt::format_to(std::back_inserter(text), ",{:.7f},{:.7f},{:.7f},{},", trace.created, trace.sent,
                   trace.done, trace.status);
    append_csv_field(text, trace.server.value_or(""));
    text += ',';
    append_csv_field(text, trace.exp_id.value_or(""));
    text += ',';
    append_csv_field(text, trace.headers.value_or(""));
    text += ',';
    append_csv_field(text, trace.response.value_or(""));
    text += "\r\n";
}

class CsvSink final : public TraceSink {
  public:
    CsvSink(base::UniqueFd fd, std::string path, off_t size)
        : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

    Result<void> write(std::span<const model::Trace> traces) override {
        std::string text;
        if (size_ == 0) {
            text = kCsvHeader;
        }
        for (const auto& trace : traces) {
            append_csv_row(text, trace);
        }
        std::size_t written = 0;
        while (written < text.size()) {
            const ssize_t wrote = ::write(fd_.get(), text.data() + written, text.size() - written);
            if (wrote < 0 && errno == EINTR) {
                continue;
            }
            if (wrote < 0) {
                const Error error = base::errno_error(errno, path_);
                // All or nothing: take back what a full disk let through.
                if (::ftruncate(fd_.get(), size_) != 0) {
                    return Error(ErrorCode::kInternal,
                                 error.message() + "; the file now ends in half a batch");
                }
                return error;
            }
            written += static_cast<std::size_t>(wrote);
        }
        size_ += static_cast<off_t>(written);
        return {};
    }

  private:
    base::UniqueFd fd_;
    std::string path_;
    off_t size_;
};

class RedisLineSink final : public TraceSink {
  public:
    explicit RedisLineSink(redis::Client& client) : client_(client) {}
    Result<void> write(std::span<const model::Trace> traces) override {
        return coord::publish_trace_lines(client_, traces);
    }

  private:
    redis::Client& client_;
};

class StoreSink final : public TraceSink {
  public:
    explicit StoreSink(std::unique_ptr<store::ExperimentStore> store) : store_(std::move(store)) {}
    Result<void> write(std::span<const model::Trace> traces) override {
        const auto report = TRY(store_->add_traces(traces, std::nullopt));
        if (report.refused > 0) {
            base::log_warn("{} traces have no finite times and are not stored", report.refused);
        }
        return {};
    }

  private:
    std::unique_ptr<store::ExperimentStore> store_;
};

}  // namespace

Result<std::unique_ptr<TraceSink>> open_csv_sink(const std::string& directory,
                                                 const std::string& worker) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) {
        return base::errno_error(error.value(), directory);
    }
    const std::string path = directory + "/traces-" + worker + ".csv";
    base::UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!fd) {
        return base::errno_error(errno, path);
    }
    const off_t size = ::lseek(fd.get(), 0, SEEK_END);
    return std::unique_ptr<TraceSink>(std::make_unique<CsvSink>(std::move(fd), path, size));
}

std::unique_ptr<TraceSink> redis_line_sink(redis::Client& client) {
    return std::make_unique<RedisLineSink>(client);
}

std::unique_ptr<TraceSink> store_sink(std::unique_ptr<store::ExperimentStore> store) {
    return std::make_unique<StoreSink>(std::move(store));
}

}  // namespace galileo::worker
