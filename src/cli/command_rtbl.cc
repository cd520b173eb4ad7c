#include "cli/command_rtbl.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/units.h"
#include "cli/common_flags.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "coord/keys.h"
#include "coord/redis_address.h"
#include "coord/routing_store.h"
#include "redis/client.h"

namespace galileo::cli {

namespace {

/// How many processes listen for changes of the table; the one that asks is not among them.
Result<std::int64_t> count_listeners(redis::Client& client) {
    const auto reply = TRY(client.command({"PUBSUB", "NUMSUB", coord::keys::kRoutingUpdates}));
    if (reply.elements().size() != 2) {
        return Error(ErrorCode::kProtocol, "PUBSUB NUMSUB: want a channel and a number");
    }
    return reply.elements()[1].integer();
}

/// A record as Redis holds it. One that is not valid is Redis's fault, not that of who typed.
Result<std::optional<model::RoutingRecord>> stored_record(coord::RoutingStore& store,
                                                          const std::string& service) {
    auto record = store.record(service);
    if (!record && record.error().code() == ErrorCode::kInvalidInput) {
        return Error(ErrorCode::kProtocol, record.error().message());
    }
    return std::move(record).within(fmt::format("service '{}'", service));
}

template <typename T, typename Parse>
void add_list(
    CLI::App& action, const char* name, std::vector<T>& into, Parse parse, FlagText text) {
    add_values(action, name, into, parse, std::move(text)).required().takes_all_words();
}

}  // namespace

Manual RtblCommand::manual() const {
    return {
        .name = "rtbl",
        .group = "Steer",
        .summary = "show and change the routing table: which hosts serve a service",
        .usage = "ACTION",
        .description =
            {"The routing table in Redis says for each service which hosts get its "
             "requests, and in what proportion. Clients follow a change at their "
             "next request. With weights 1 and 2 the second host gets two requests for each one of "
             "the first, host by host in turns (weighted round robin, which takes whole numbers; "
             "other balancers take fractions too).",
             "Each record that is set, each host that is appended and each service that is "
             "removed is one transaction, which tells all workers that listen; the "
             "answer says how many there are."},
        .examples = {{"galileo rtbl set checkout node-a:8080=3 node-b:8080=2",
                      "60 % of the requests of checkout go to node-a"},
                     {"galileo rtbl ls", "show all services"},
                     {"galileo rtbl ls checkout --json", "one service, as JSON"},
                     {"galileo rtbl weights checkout 1 1", "change the weights, hosts stay"},
                     {"galileo rtbl append checkout node-c:8080=1", "add a host"},
                     {"galileo rtbl drain checkout node-a:8080",
                      "no new requests for a host; `undrain` gives it its weight back"},
                     {"galileo rtbl remove checkout", "forget a service"}},
        .environment = redis_environment(),
        .exit_codes = {{"1", "Redis cannot be reached, or there is no such service"}},
        .see_also = {"run", "ps"},
    };
}

void RtblCommand::declare(CLI::App& app) {
    require_action(app);
    auto& list = add_action(app, "ls,show", "show the table, or one service of it", "[SERVICE]",
                            [this] { action_ = Action::kList; });
    add_value(list, "SERVICE", service_, any_text, {"", "only this service"});
    declare_changes(app);
    add_switch(app, "--json", form_, Form::kJson, "print JSON").group("Output");
    declare_redis(app, redis_);
    declare_log_level(app);
}

void RtblCommand::declare_changes(CLI::App& app) {
    const auto add = [this, &app](const char* names, const char* help, const char* usage,
                                  Action chosen) -> CLI::App& {
        return add_action(app, names, help, usage, [this, chosen] { action_ = chosen; });
    };
    const auto add_service = [this](CLI::App& action) {
        add_value(action, "SERVICE", service_, any_text, {"", "the service"}).required();
    };
    auto& set = add("set", "make or replace the record of a service", "SERVICE HOST[=WEIGHT]...",
                    Action::kSet);
    add_service(set);
    add_list(set, "HOST", hosts_, parse_host_weight,
             {"", "its hosts, with port; without a weight: 1"});

    auto& append = add("append", "add hosts to a service, or make its record",
                       "SERVICE HOST[=WEIGHT]...", Action::kAppend);
    add_service(append);
    add_list(append, "HOST", hosts_, parse_host_weight,
             {"", "the hosts to add; without a weight: 1"});

    auto& weights =
        add("weights", "change the weights of a service", "SERVICE WEIGHT...", Action::kWeights);
    add_service(weights);
    add_list(weights, "WEIGHT", weights_, parse_weight, {"", "one for each host, in order"});

    auto& drain = add("drain", "give hosts no new requests; those in flight end", "SERVICE HOST...",
                      Action::kDrain);
    add_service(drain);
    add_list(drain, "HOST", drained_, any_text, {"", "the hosts, as the table has them"});

    auto& undrain = add("undrain", "give drained hosts their former weights", "SERVICE HOST...",
                        Action::kUndrain);
    add_service(undrain);
    add_list(undrain, "HOST", drained_, any_text, {"", "the hosts, as the table has them"});

    auto& remove = add("remove,rm", "forget services", "SERVICE...", Action::kRemove);
    add_list(remove, "SERVICE", services_, any_text, {"", "the services"});

    add("clear", "forget all services", "", Action::kClear);
}

Result<ExitCode> RtblCommand::run(Context& context) {
    const auto options = TRY(coord::running_redis(redis_, context.environment));
    const auto client = TRY(redis::Client::open(options, base::system_clock()));
    coord::RoutingStore store(*client);
    if (action_ == Action::kList) {
        TRY(list(store, context));
    } else {
        TRY(change(store, *client, context));
    }
    return ExitCode::kSuccess;
}

Result<void> RtblCommand::list(coord::RoutingStore& store, Context& context) const {
    std::vector<model::RoutingRecord> records;
    if (service_.empty()) {
        records = TRY(store.records());
    } else {
        auto record = TRY(stored_record(store, service_));
        if (!record) {
            return Error(ErrorCode::kNotFound, fmt::format("there is no service '{}'", service_));
        }
        records.push_back(std::move(*record));
    }
    if (form_ == Form::kText) {
        context.out << routing_table(records) << '\n';
        return {};
    }
    model::Json services = model::Json::array();
    for (const auto& record : records) {
        services.push_back(routing_json(record));
    }
    context.out << pretty_json({{"services", std::move(services)}});
    return {};
}

/// Makes the change and returns the records as they are now; none for what was removed.
Result<std::vector<model::RoutingRecord>> RtblCommand::apply(coord::RoutingStore& store) const {
    model::RoutingRecord record{.service = service_, .hosts = {}, .weights = {}};
    switch (action_) {
        case Action::kSet:
            for (const auto& [host, weight] : hosts_) {
                record.hosts.push_back(host);
                record.weights.push_back(weight);
            }
            TRY(store.set(record));
            return std::vector{record};
        case Action::kAppend:
            for (const auto& [host, weight] : hosts_) {
                record = TRY(store.append(service_, host, weight));
            }
            return std::vector{record};
        case Action::kWeights: {
            TRY(store.update_weights(service_, weights_));
            auto now = TRY(stored_record(store, service_));
            return now ? std::vector{std::move(*now)} : std::vector<model::RoutingRecord>();
        }
        case Action::kDrain:
        case Action::kUndrain:
            for (const auto& host : drained_) {
                record = TRY(action_ == Action::kDrain ? store.drain(service_, host)
                                                       : store.undrain(service_, host));
            }
            return std::vector{record};
        case Action::kRemove:
            for (const auto& service : services_) {
                // A record that cannot be read is there, and may go.
                if (const auto record_now = store.record(service); record_now && !*record_now) {
                    return Error(ErrorCode::kNotFound,
                                 fmt::format("there is no service '{}'", service));
                }
            }
            for (const auto& service : services_) {
                TRY(store.remove(service));
            }
            break;
        case Action::kClear:
            TRY(store.clear());
            break;
        case Action::kList:
            break;
    }
    return std::vector<model::RoutingRecord>();
}

Result<void> RtblCommand::change(coord::RoutingStore& store,
                                 redis::Client& client,
                                 Context& context) const {
    const auto& clock = base::system_clock();
    const std::int64_t listeners = TRY(count_listeners(client));
    const auto begin = clock.monotonic();
    const auto records = TRY(apply(store));
    const auto took = clock.monotonic() - begin;
    if (form_ == Form::kJson) {
        model::Json services = model::Json::array();
        for (const auto& record : records) {
            services.push_back(routing_json(record));
        }
        const model::Json report = {
            {"services", std::move(services)},
            {"listeners", listeners},
            {"took_us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()}};
        context.out << pretty_json(report);
    } else {
        for (const auto& record : records) {
            context.out << routing_record(record);
        }
        context.out << fmt::format(" told {} listener{} in {}\n", listeners,
                                   listeners == 1 ? "" : "s", base::format_latency(took));
    }
    for (const auto& record : records) {
        if (const std::string warning = routing_warning(record); !warning.empty()) {
            context.err << "galileo: rtbl: warning: " << warning << '\n';
        }
    }
    return {};
}

}  // namespace galileo::cli
