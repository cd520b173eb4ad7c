#include "telemd/agent.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "coord/keys.h"
#include "hostmon/host_facts.h"
#include "telemd/schedule.h"

namespace galileo::telemd {

namespace {

/// A sampling agent does not wait long for Redis: what it measures meanwhile would be missing.
constexpr std::chrono::seconds kConnectTimeout{1};
constexpr std::chrono::seconds kCommandTimeout{2};

struct Connections {
    std::unique_ptr<redis::Client> client;
    std::unique_ptr<redis::Subscriber> subscriber;
};

Result<Connections> connect(const redis::RedisOptions& address, base::Clock& clock) {
    Connections connections;
    connections.client =
        TRY(redis::Client::open(address, clock, {.pool_size = 2, .retry_patience = {}}));
    connections.subscriber = TRY(redis::Subscriber::start(address, clock));
    return connections;
}

bool passes_by_itself(ErrorCode code) {
    return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout;
}

}  // namespace

Result<std::unique_ptr<Agent>> Agent::start(const Settings& settings,
                                            redis::RedisOptions address,
                                            base::Clock& clock,
                                            const Wait& wait) {
    address.connect_timeout =
        std::min<std::chrono::nanoseconds>(address.connect_timeout, kConnectTimeout);
    address.command_timeout =
        std::min<std::chrono::nanoseconds>(address.command_timeout, kCommandTimeout);
    auto connections = connect(address, clock);
    if (!connections && passes_by_itself(connections.error().code())) {
        base::log_warn("waiting for Redis at {}: {}", address.to_string(),
                       connections.error().message());
    }
    while (!connections) {
        if (!passes_by_itself(connections.error().code())) {
            return std::move(connections).error();
        }
        if (wait(settings.retry_pause)) {
            return std::unique_ptr<Agent>();
        }
        connections = connect(address, clock);
    }
    std::unique_ptr<Agent> agent(new Agent(settings, std::move(connections->client),
                                           std::move(connections->subscriber), clock));
    TRY(agent->register_node());
    return agent;
}

Agent::Agent(const Settings& settings,
             std::unique_ptr<redis::Client> client,
             std::unique_ptr<redis::Subscriber> subscriber,
             base::Clock& clock)
    : settings_(settings),
      client_(std::move(client)),
      host_(settings_.host, clock),
      publisher_({settings_.node, settings_.retry_pause}, *client_, clock),
      subscriber_(std::move(subscriber)) {
    for (const auto& chosen : settings_.instruments) {
        measured_.push_back({chosen.kind, chosen.kind->make(host_)});
    }
}

Result<void> Agent::register_node() {
    const auto channel = coord::keys::telemetry_commands(settings_.node);
    const auto listeners = TRY(client_->command({"PUBSUB", "NUMSUB", channel}));
    if (listeners.elements().size() == 2 && listeners.elements()[1].integer().value_or(0) > 0) {
        base::log_warn("another telemd listens as {}, or its end was not noticed yet",
                       settings_.node);
    }
    announce();
    subscriber_->add_reconnect_handler([this] { announce(); });  // Redis may have come back empty
    return subscriber_->subscribe(channel, [this](const auto& message) { obey(message.payload); });
}

void Agent::announce() {
    const auto facts = hostmon::host_facts(settings_.host);
    redis::Command command("HSET");
    command.arg(coord::keys::telemetry_info(settings_.node));
    for (const auto& [name, value] : facts) {
        command.arg(name).arg(value);
    }
    const auto reply = client_->command(command);
    const auto stored = reply ? reply->check() : reply.error();
    if (!stored) {
        base::log_warn("what this node is could not be stored: {}", stored.error().message());
    }
}

void Agent::obey(std::string_view command) {
    if (command == coord::keys::kTelemetryPause) {
        base::log_info("paused");
        paused_ = true;
    } else if (command == coord::keys::kTelemetryUnpause) {
        base::log_info("goes on");
        paused_ = false;
    } else if (command == coord::keys::kTelemetryInfo) {
        announce();
    } else {
        constexpr std::size_t kShown = 40;
        base::log_warn("unknown command '{}'", command.substr(0, kShown));
    }
}

void Agent::measure(Measured& measured, const hostmon::Emit& emit) {
    using State = Measured::State;
    const auto sampled = measured.instrument->sample(emit);
    const auto state = sampled                                          ? State::kGood
                       : sampled.error().code() == ErrorCode::kNotFound ? State::kAbsent
                                                                        : State::kFailing;
    if (state == measured.state) {
        return;
    }
    measured.state = state;
    if (state == State::kGood) {
        base::log_info("{}: measures now", measured.kind->name);
    } else if (state == State::kAbsent) {
        base::log_info("{}: absent here: {}", measured.kind->name, sampled.error().message());
    } else {
        base::log_warn("{}: {}", measured.kind->name, sampled.error().message());
    }
}

/// A rate needs a beginning, and a pause must not count as part of one.
void Agent::begin_rates() {
    for (auto& measured : measured_) {
        measure(measured, [](const hostmon::Sample&) {});
    }
}

void Agent::run(const Wait& wait) {
    const hostmon::Emit emit = [this](const hostmon::Sample& sample) { publisher_.add(sample); };
    std::vector<std::chrono::nanoseconds> periods;
    periods.reserve(settings_.instruments.size());
    for (const auto& chosen : settings_.instruments) {
        periods.emplace_back(chosen.period);
    }
    Schedule schedule(periods, host_.clock().monotonic());
    begin_rates();
    bool was_paused = false;
    while (!wait(
        std::max(std::chrono::nanoseconds::zero(), schedule.next() - host_.clock().monotonic()))) {
        const auto& due = schedule.take(host_.clock().monotonic());
        const bool paused = paused_;
        if (was_paused && !paused) {
            begin_rates();
        } else if (!paused) {
            for (const auto index : due) {
                measure(measured_[index], emit);
            }
            publisher_.flush();
        }
        was_paused = paused;
    }
    end();
}

void Agent::end() {
    subscriber_->stop();
    const auto reply = client_->command({"DEL", coord::keys::telemetry_info(settings_.node)});
    const auto removed = reply ? reply->check() : reply.error();
    if (!removed) {
        base::log_warn("what this node said about itself stays in Redis: {}",
                       removed.error().message());
    }
}

}  // namespace galileo::telemd
