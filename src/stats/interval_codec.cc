// version, in_flight, waiting, connections, services, hosts. A map is its size and then its entries
// in order of their keys; a histogram without values is a text of no bytes.

#include <utility>

#include "base/bytes.h"
#include "stats/interval.h"

namespace galileo::stats {

namespace {

constexpr char kVersion = 1;

using Tallies = std::map<std::string, Tally, std::less<>>;

Error invalid_snapshot(std::string_view why) {
    return {ErrorCode::kInvalidInput, "not an encoded snapshot: " + std::string(why)};
}

void write(base::ByteWriter& writer, const Histogram& histogram) {
    writer.text(histogram.count() == 0 ? std::string() : histogram.encode());
}

void write(base::ByteWriter& writer, const Tally& tally) {
    for (const std::uint64_t number : {tally.planned, tally.sent, tally.dropped, tally.late,
                                       tally.completed, tally.failed, tally.bytes_received}) {
        writer.varint(number);
    }
    writer.varint(tally.statuses.size());
    for (const auto& [status, count] : tally.statuses) {
        writer.zigzag(status);
        writer.varint(count);
    }
    writer.varint(tally.errors.size());
    for (const auto& [reason, count] : tally.errors) {
        writer.text(reason);
        writer.varint(count);
    }
    write(writer, tally.intended);
    write(writer, tally.service);
    write(writer, tally.send_lag);
    write(writer, tally.schedule_lag);
}

void write(base::ByteWriter& writer, const Tallies& tallies) {
    writer.varint(tallies.size());
    for (const auto& [name, tally] : tallies) {
        writer.text(name);
        write(writer, tally);
    }
}

Result<std::size_t> read_size(base::ByteReader& reader, std::size_t limit, std::string_view what) {
    const std::uint64_t size = TRY(reader.varint());
    if (size > limit) {
        return invalid_snapshot("too many " + std::string(what));
    }
    return static_cast<std::size_t>(size);
}

/// Keys come in order, each once; so the next one goes to the end.
template <typename Map, typename Key>
Result<typename Map::mapped_type*> append(Map& map, const Key& key) {
    if (!map.empty() && !(std::prev(map.end())->first < key)) {
        return invalid_snapshot("keys are out of order");
    }
    return &map.try_emplace(map.end(), typename Map::key_type(key))->second;
}

Result<void> read(base::ByteReader& reader, Histogram& histogram) {
    const std::string_view bytes = TRY(reader.text(reader.left()));
    if (bytes.empty()) {
        return {};
    }
    histogram = TRY(Histogram::decode(bytes));
    if (histogram.count() == 0) {
        return invalid_snapshot("a histogram without values");
    }
    return {};
}

Result<void> read_counts(base::ByteReader& reader, Tally& tally) {
    const std::size_t statuses = TRY(read_size(reader, kMaxStatuses, "statuses"));
    for (std::size_t entry = 0; entry < statuses; ++entry) {
        const std::int64_t status = TRY(reader.zigzag());
        if (!std::in_range<int>(status)) {
            return invalid_snapshot("a status is out of range");
        }
        std::uint64_t* count = TRY(append(tally.statuses, static_cast<int>(status)));
        *count = TRY(reader.varint());
    }
    const std::size_t errors = TRY(read_size(reader, kMaxErrors, "errors"));
    for (std::size_t entry = 0; entry < errors; ++entry) {
        const std::string_view reason = TRY(reader.text(kMaxNameSize));
        std::uint64_t* count = TRY(append(tally.errors, reason));
        *count = TRY(reader.varint());
    }
    return {};
}

Result<void> read(base::ByteReader& reader, Tally& tally) {
    for (std::uint64_t* number : {&tally.planned, &tally.sent, &tally.dropped, &tally.late,
                                  &tally.completed, &tally.failed, &tally.bytes_received}) {
        *number = TRY(reader.varint());
    }
    TRY(read_counts(reader, tally));
    TRY(read(reader, tally.intended));
    TRY(read(reader, tally.service));
    TRY(read(reader, tally.send_lag));
    TRY(read(reader, tally.schedule_lag));
    return {};
}

Result<void> read(base::ByteReader& reader, std::size_t limit, Tallies& tallies) {
    const std::size_t size = TRY(read_size(reader, limit, "names"));
    for (std::size_t entry = 0; entry < size; ++entry) {
        const std::string_view name = TRY(reader.text(kMaxNameSize));
        Tally* tally = TRY(append(tallies, name));
        TRY(read(reader, *tally));
    }
    return {};
}

}  // namespace

std::string encode(const Snapshot& snapshot) {
    std::string bytes(1, kVersion);
    base::ByteWriter writer(bytes);
    writer.varint(snapshot.in_flight);
    writer.varint(snapshot.waiting);
    writer.varint(snapshot.connections);
    write(writer, snapshot.services);
    writer.varint(snapshot.hosts.size());
    for (const auto& [service, tallies] : snapshot.hosts) {
        writer.text(service);
        write(writer, tallies);
    }
    return bytes;
}

Result<Snapshot> decode_snapshot(std::string_view bytes) {
    if (bytes.empty() || bytes.front() != kVersion) {
        return invalid_snapshot("the first byte is not the version 1");
    }
    base::ByteReader reader(bytes.substr(1));
    Snapshot snapshot;
    snapshot.in_flight = TRY(reader.varint());
    snapshot.waiting = TRY(reader.varint());
    snapshot.connections = TRY(reader.varint());
    TRY(read(reader, kMaxServices, snapshot.services));

    const std::size_t services = TRY(read_size(reader, kMaxServices, "services"));
    std::size_t hosts_left = kMaxHosts;
    for (std::size_t entry = 0; entry < services; ++entry) {
        const std::string_view service = TRY(reader.text(kMaxNameSize));
        Tallies* tallies = TRY(append(snapshot.hosts, service));
        TRY(read(reader, hosts_left, *tallies));
        hosts_left -= tallies->size();
    }
    if (reader.left() != 0) {
        return invalid_snapshot("bytes follow it");
    }
    return snapshot;
}

}  // namespace galileo::stats
