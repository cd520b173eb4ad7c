#include "engine/tally_book.h"

#include <utility>

namespace galileo::engine {

void HotTally::count_end(int status, http::Failure failure) noexcept {
    if (status > 0 && status < static_cast<int>(kStatuses)) {
        ++statuses_[static_cast<std::size_t>(status)];
    } else {
        ++statuses_[0];
        ++failures_[static_cast<std::size_t>(failure)];
    }
}

void HotTally::add_to(stats::Tally& tally) const {
    tally.planned += planned;
    tally.sent += sent;
    tally.dropped += dropped;
    tally.late += late;
    tally.completed += completed;
    tally.failed += failed;
    tally.bytes_received += bytes_received;
    for (std::size_t status = 0; status < kStatuses; ++status) {
        if (statuses_[status] > 0) {
            tally.statuses[status == 0 ? -1 : static_cast<int>(status)] += statuses_[status];
        }
    }
    for (std::size_t failure = 0; failure < kFailures; ++failure) {
        if (failures_[failure] > 0) {
            const auto name = http::to_string(static_cast<http::Failure>(failure));
            tally.errors[std::string(name)] += failures_[failure];
        }
    }
    tally.intended.merge(intended);
    tally.service.merge(service);
    tally.send_lag.merge(send_lag);
    tally.schedule_lag.merge(schedule_lag);
}

bool HotTally::touched() const noexcept {
    return (planned | sent | dropped | completed | schedule_lag.count()) != 0;
}

void HotTally::reset() noexcept {
    if (!touched()) {
        return;
    }
    planned = sent = dropped = late = completed = failed = bytes_received = 0;
    statuses_.fill(0);
    failures_.fill(0);
    intended.reset();
    service.reset();
    send_lag.reset();
    schedule_lag.reset();
}

HostTally::HostTally(std::string host) : host_(std::move(host)) {}

HotTally& HostTally::swap() {
    if (!aside_) {
        aside_ = std::make_unique<HotTally>();
    }
    std::swap(hot_, aside_);
    return *aside_;
}

HostTally& ServiceTally::host(std::string_view name) {
    const auto found = hosts.find(name);
    if (found != hosts.end()) {
        return *found->second;
    }
    return *hosts.emplace(std::string(name), std::make_unique<HostTally>(std::string(name)))
                .first->second;
}

ServiceTally& TallyBook::service(std::string_view name) {
    const auto found = services_.find(name);
    if (found != services_.end()) {
        return *found->second;
    }
    return *services_.emplace(std::string(name), std::make_unique<ServiceTally>(std::string(name)))
                .first->second;
}

IntervalPart TallyBook::swap() {
    IntervalPart part;
    for (auto next = services_.begin(); next != services_.end();) {
        const auto current = next++;
        ServiceTally& tally = *current->second;
        IntervalPart::Service service;
        service.service = tally.service;
        service.planned = std::exchange(tally.planned, 0);
        service.dropped = std::exchange(tally.dropped, 0);
        bool touched = service.planned != 0 || service.dropped != 0;
        if (tally.nowhere.hot().touched()) {
            touched = true;
            service.nowhere = &tally.nowhere.swap();
        }
        for (const auto& [name, host] : tally.hosts) {
            if (host->hot().touched()) {
                touched = true;
                service.hosts.push_back({name, &host->swap()});
            }
        }
        if (!touched && tally.clients == 0) {
            services_.erase(current);
        } else {
            part.services.push_back(std::move(service));
        }
    }
    return part;
}

void IntervalPart::pour_into(stats::Snapshot& snapshot) {
    for (const Service& service : services) {
        stats::Tally& total = snapshot.services[service.service];
        // Counted for the service as a whole: dropped requests, and those that wait, have no host.
        const std::uint64_t planned_before = total.planned;
        const std::uint64_t dropped_before = total.dropped;
        if (service.nowhere != nullptr) {
            service.nowhere->add_to(total);
            service.nowhere->reset();
        }
        for (const Host& host : service.hosts) {
            host.tally->add_to(total);
            host.tally->add_to(snapshot.hosts[service.service][host.host]);
            host.tally->reset();
        }
        total.planned = planned_before + service.planned;
        total.dropped = dropped_before + service.dropped;
    }
    services.clear();
    snapshot.in_flight += in_flight;
    snapshot.waiting += waiting;
    snapshot.connections += connections;
}

}  // namespace galileo::engine
