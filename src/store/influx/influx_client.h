#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/client.h"
#include "http/request.h"
#include "io/loop.h"
#include "io/resolver.h"
#include "store/influx/options.h"

namespace galileo::store::influx {

/// What became of lines that were written. written + refused = lines given.
struct LinesReport {
    std::uint64_t written = 0;
    std::uint64_t refused = 0;  ///< that InfluxDB did not take
    std::string why_refused{};  ///< what it said of the first of them
};

/// The HTTP interface of InfluxDB 2, as far as experiments need it (contract 5.4). Connects with
/// the first call and keeps the connection; calls block, none longer than InfluxOptions::timeout
/// for each request. Errors, whose messages name the server and never the token: kUnavailable (not
/// reached, 429, 5xx: repeat), kTimeout (no answer in time: repeat), kDenied (401, 403), kNotFound
/// (404), kInvalidInput (other 4xx), kProtocol (an answer that makes no sense). Thread-compatible.
class InfluxClient {
  public:
    /// Does not connect. `clock` must outlive it.
    static Result<std::unique_ptr<InfluxClient>> open(const InfluxOptions& options,
                                                      base::Clock& clock);

    /// Makes a bucket without end of retention; one that exists already is right as well.
    Result<void> make_bucket(std::string_view name);
    /// Deletes a bucket and what is in it; one that does not exist is right as well.
    Result<void> remove_bucket(std::string_view name);

    /// Writes lines in requests of up to 1 MiB each. Lines are points: writing one again changes
    /// nothing, so a call that failed in the middle can be repeated as a whole. Where InfluxDB
    /// refuses a request for what is in it, the lines are tried in ever smaller parts, so that the
    /// others get in; an error when it takes none of them.
    Result<LinesReport> write(std::string_view bucket, std::span<const std::string> lines);

    /// `InfluxDB at <url>`, for messages.
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

  private:
    struct Answer {
        int status = -1;
        std::string body;
    };
    InfluxClient(InfluxOptions options, http::Url url, std::unique_ptr<io::Loop> loop);

    /// One request; errors as the class says, but for those of a status.
    Result<Answer> send(std::string_view method,
                        std::string_view path_and_query,
                        std::string_view body);
    /// The same, with those of a status unless it is below 300 or `allowed`.
    Result<Answer> ask(std::string_view method,
                       std::string_view path_and_query,
                       std::string_view body,
                       int allowed = 0);
    Result<Answer> exchange(const http::RenderedRequest& request);
    [[nodiscard]] Error error_of(const Answer& answer) const;
    /// The id of the organisation, asked for once.
    Result<std::string> organisation_id();
    /// Writes `lines`, in halves where it must; adds to `report`.
    Result<void> write_part(const std::string& target,
                            std::span<const std::string> lines,
                            LinesReport& report);

    const InfluxOptions options_;
    const http::Url url_;
    const std::string name_;
    std::optional<std::string> organisation_id_;
    std::unique_ptr<io::Loop> loop_;
    io::Resolver resolver_;
    std::unique_ptr<http::Client> client_;
};

}  // namespace galileo::store::influx
