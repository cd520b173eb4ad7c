#include "routing/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace galileo::routing {

namespace {

constexpr std::size_t kHostsMax = 65'536;
constexpr double kWeightMax = 1e15;
constexpr std::size_t kServiceLengthMax = 255;

Error refuse(const model::RoutingRecord& record, std::string_view problem) {
    return Error(
        ErrorCode::kInvalidInput,
        fmt::format("routing record of service '{}': {}",
                    std::string_view(record.service).substr(0, kServiceLengthMax), problem));
}

bool is_service_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= kServiceLengthMax &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return static_cast<unsigned char>(c) > ' ' && c != '\x7F' && c != ',' && c != '?' &&
                      c != '#';
           });
}

/// Validates and prepares; the version is still to be given.
Result<std::shared_ptr<RouteSet>> prepare(model::RoutingRecord record) {
    TRY(validate(record));
    std::vector<Target> host_targets;
    std::vector<Target> service_targets;
    host_targets.reserve(record.hosts.size());
    service_targets.reserve(record.hosts.size());
    for (const std::string& host : record.hosts) {
        host_targets.push_back(TRY(parse_target(host)));
        service_targets.push_back(host_targets.back());
        service_targets.back().prefix += '/' + record.service;
    }
    WheelWeights wheel(record.weights);
    DrawWeights weights(record.weights);
    return std::make_shared<RouteSet>(RouteSet{.version = 0,
                                               .record = std::move(record),
                                               .wheel = std::move(wheel),
                                               .weights = std::move(weights),
                                               .host_targets = std::move(host_targets),
                                               .service_targets = std::move(service_targets)});
}

}  // namespace

Result<void> validate(const model::RoutingRecord& record) {
    if (!is_service_name(record.service)) {
        return refuse(record,
                      "the service name must have 1 to 255 characters, without spaces, commas, '?' "
                      "and '#'");
    }
    if (record.hosts.empty()) {
        return refuse(record, "no hosts given");
    }
    if (record.hosts.size() > kHostsMax) {
        return refuse(record, "more than 65,536 hosts");
    }
    if (record.weights.size() != record.hosts.size()) {
        return refuse(record, "The number of weights does not match the population");
    }
    for (const double weight : record.weights) {
        if (!std::isfinite(weight) || weight < 0 || weight > kWeightMax) {
            return refuse(record, fmt::format("weight {} is not a number from 0 to 1e15", weight));
        }
    }
    for (const std::string& host : record.hosts) {
        if (const auto target = parse_target(host); !target) {
            return refuse(record, target.error().message());
        }
    }
    return {};
}

template <typename Change>
void RoutingTable::update(Change&& change) {
    state_.with([&](State& state) {
        change(state);
        // Last, and before unlocking: who sees the new number finds the new records.
        version_.store(state.version, std::memory_order_release);
    });
}

void RoutingTable::put(State& state, std::shared_ptr<RouteSet> set) {
    auto& place = state.sets[set->record.service];
    if (place == nullptr || place->record != set->record) {
        set->version = ++state.version;
        place = std::move(set);
    }
}

std::shared_ptr<const RouteSet> RoutingTable::find(std::string_view service) const {
    return state_.with([service](const State& state) -> std::shared_ptr<const RouteSet> {
        const auto known = state.sets.find(service);
        return known == state.sets.end() ? nullptr : known->second;
    });
}

std::vector<model::RoutingRecord> RoutingTable::records() const {
    return state_.with([](const State& state) {
        std::vector<model::RoutingRecord> records;
        records.reserve(state.sets.size());
        for (const auto& [service, set] : state.sets) {
            records.push_back(set->record);
        }
        return records;
    });
}

Result<void> RoutingTable::set(model::RoutingRecord record) {
    auto prepared = TRY(prepare(std::move(record)));
    update([&](State& state) { put(state, std::move(prepared)); });
    return {};
}

void RoutingTable::remove(std::string_view service) {
    update([service](State& state) {
        if (const auto known = state.sets.find(service); known != state.sets.end()) {
            state.sets.erase(known);
            ++state.version;
        }
    });
}

void RoutingTable::clear() {
    update([](State& state) {
        if (!state.sets.empty()) {
            state.sets.clear();
            ++state.version;
        }
    });
}

Result<void> RoutingTable::replace_all(std::vector<model::RoutingRecord> records) {
    std::map<std::string, std::shared_ptr<RouteSet>, std::less<>> wanted;
    for (auto& record : records) {
        auto prepared = TRY(prepare(std::move(record)));
        std::string service = prepared->record.service;
        wanted.insert_or_assign(std::move(service), std::move(prepared));
    }
    update([&](State& state) {
        const auto gone = std::erase_if(
            state.sets, [&](const auto& known) { return !wanted.contains(known.first); });
        state.version += gone > 0 ? 1 : 0;
        for (auto& [service, set] : wanted) {
            put(state, std::move(set));
        }
    });
    return {};
}

}  // namespace galileo::routing
