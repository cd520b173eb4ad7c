#include "coord/stats_channel.h"

#include <bit>

#include "base/bytes.h"
#include "base/log.h"
#include "coord/keys.h"

namespace galileo::coord {

namespace {

constexpr char kReportVersion = 1;
constexpr std::size_t kMaxReportName = 1'024;

}  // namespace

std::string encode(const StatsReport& report) {
    std::string bytes(1, kReportVersion);
    base::ByteWriter writer(bytes);
    writer.text(report.worker);
    writer.text(report.run_id);
    writer.varint(report.sequence);
    writer.fixed64(std::bit_cast<std::uint64_t>(report.time));
    writer.varint(report.load_done ? 1 : 0);
    writer.text(stats::encode(report.snapshot));
    return bytes;
}

Result<StatsReport> decode_stats_report(std::string_view bytes) {
    if (bytes.empty() || bytes.front() != kReportVersion) {
        return Error(ErrorCode::kInvalidInput, "not a statistics report of version 1");
    }
    base::ByteReader reader(bytes.substr(1));
    StatsReport report;
    report.worker = TRY(reader.text(kMaxReportName));
    report.run_id = TRY(reader.text(kMaxReportName));
    report.sequence = TRY(reader.varint());
    report.time = std::bit_cast<double>(TRY(reader.fixed64()));
    report.load_done = TRY(reader.varint()) != 0;
    const auto snapshot = TRY(reader.text(reader.left()));
    report.snapshot = TRY(stats::decode_snapshot(snapshot));
    if (reader.left() != 0) {
        return Error(ErrorCode::kInvalidInput, "bytes after the end of a statistics report");
    }
    return report;
}

Result<void> StatsPublisher::publish(const StatsReport& report) {
    TRY(client_.command({"PUBLISH", keys::kStatistics, encode(report)}));
    return {};
}

Result<void> subscribe_stats(redis::Subscriber& subscriber,
                             std::function<void(StatsReport)> handler) {
    return subscriber.subscribe(std::string(keys::kStatistics), [handler = std::move(handler)](
                                                                    const redis::Message& message) {
        auto report = decode_stats_report(message.payload);
        if (report) {
            handler(std::move(*report));
        } else {
            base::log_warn("{}: {}", message.channel, report.error().message());
        }
    });
}

void unsubscribe_stats(redis::Subscriber& subscriber) {
    subscriber.unsubscribe(std::string(keys::kStatistics));
}

}  // namespace galileo::coord
