#include "stats/interval.h"

namespace galileo::stats {

namespace {

template <typename Counts>
void add_counts(Counts& into, const Counts& from) {
    for (const auto& [key, count] : from) {
        into[key] += count;
    }
}

template <typename Tallies>
void merge_tallies(Tallies& into, const Tallies& from) {
    for (const auto& [name, tally] : from) {
        const auto [place, inserted] = into.try_emplace(name, tally);
        if (!inserted) {
            place->second.merge(tally);
        }
    }
}

}  // namespace

void Tally::merge(const Tally& other) {
    planned += other.planned;
    sent += other.sent;
    dropped += other.dropped;
    late += other.late;
    completed += other.completed;
    failed += other.failed;
    bytes_received += other.bytes_received;
    add_counts(statuses, other.statuses);
    add_counts(errors, other.errors);
    intended.merge(other.intended);
    service.merge(other.service);
    send_lag.merge(other.send_lag);
    schedule_lag.merge(other.schedule_lag);
}

void Snapshot::merge(const Snapshot& other) {
    merge_tallies(services, other.services);
    for (const auto& [service, tallies] : other.hosts) {
        merge_tallies(hosts[service], tallies);
    }
    in_flight += other.in_flight;
    waiting += other.waiting;
    connections += other.connections;
}

Tally Snapshot::total() const {
    Tally sum;
    for (const auto& [name, tally] : services) {
        sum.merge(tally);
    }
    return sum;
}

}  // namespace galileo::stats
