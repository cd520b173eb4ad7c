#include <map>
#include <set>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "base/environment.h"
#include "coord/client_protocol.h"
#include "coord/redis_address.h"
#include "python/blocking.h"
#include "python/convert.h"
#include "python/raise.h"
#include "python/session.h"

namespace galileo::python {

namespace py = pybind11;
using SessionPtr = std::shared_ptr<Session>;
using ClientIds = control::Cluster::ClientIds;
using Sources = std::set<LiveStatistics::Source>;

namespace {

/// Calls `call(session)` as blocking() does; its error becomes an exception.
template <typename Call>
auto ask(const SessionPtr& session, Call call) {
    return value_or_raise(blocking([session, call = std::move(call)] { return call(*session); }));
}

SessionPtr open_session(const std::string& address,
                        const std::map<std::string, std::string>& environment) {
    const auto options = value_or_raise(
        coord::running_redis(address, base::Environment({environment.begin(), environment.end()})));
    return value_or_raise(blocking([options] { return Session::open(options); }));
}

template <typename Values>
py::list list_of(const Values& values) {
    py::list list;
    for (const auto& value : values) {
        list.append(to_python(value));
    }
    return list;
}

/// Values, and exception objects in the place of those that failed.
template <typename T, typename Turn>
py::list list_with_errors(const std::vector<base::Result<T>>& results, Turn turn) {
    py::list list;
    for (const auto& result : results) {
        list.append(result ? py::object(turn(*result)) : exception_of(result.error()));
    }
    return list;
}

model::ClientConfig config_of(const std::string& service,
                              std::optional<std::string> client,
                              const py::object& parameters,
                              const py::object& worker_labels) {
    return {service, std::move(client), from_python(parameters), from_python(worker_labels)};
}

py::dict commanded(const control::Cluster::Commanded& outcome) {
    py::dict dict;
    dict["acknowledged"] = outcome.acknowledged;
    dict["told"] = outcome.told;
    dict["unknown"] = outcome.unknown;
    return dict;
}

py::dict command(const SessionPtr& session,
                 coord::ClientAction action,
                 const model::Workload& workload,
                 const ClientIds& clients) {
    return commanded(ask(
        session, [=](Session& with) { return with.cluster->command(action, workload, clients); }));
}

py::dict latency_dict(const stats::Histogram& histogram) {
    py::dict dict;
    const auto seconds = [&](double percent) {
        return histogram.count() == 0
                   ? py::object(py::none())
                   : py::object(py::float_(base::to_seconds(histogram.percentile(percent))));
    };
    dict["p50"] = seconds(50);
    dict["p90"] = seconds(90);
    dict["p99"] = seconds(99);
    dict["p99.9"] = seconds(99.9);
    dict["max"] = seconds(100);
    return dict;
}

py::dict statistics_dict(const LiveStatistics::View& view) {
    const auto& tally = view.tally;
    py::dict dict;
    dict["seconds"] = view.seconds;
    dict["reporting"] = view.reporting;
    dict["rate"] = view.seconds > 0 ? static_cast<double>(tally.completed) / view.seconds : 0.0;
    dict["planned"] = tally.planned;
    dict["sent"] = tally.sent;
    dict["dropped"] = tally.dropped;
    dict["late"] = tally.late;
    dict["completed"] = tally.completed;
    dict["failed"] = tally.failed;
    dict["bytes_received"] = tally.bytes_received;
    dict["statuses"] = tally.statuses;
    dict["errors"] = std::map<std::string, std::uint64_t>(tally.errors.begin(), tally.errors.end());
    dict["latency"] = latency_dict(tally.intended);
    dict["service_time"] = latency_dict(tally.service);
    return dict;
}

py::dict statistics(const SessionPtr& session, const Sources& sources, std::size_t seconds) {
    const auto view = ask(session, [=](Session& with) -> base::Result<LiveStatistics::View> {
        auto* live = TRY(with.statistics());
        auto now = live->view(sources, seconds);
        if (now.reporting < sources.size()) {  // the first reports are on their way
            live->wait_for_reports(sources, std::chrono::milliseconds(2'200));
            now = live->view(sources, seconds);
        }
        return now;
    });
    return statistics_dict(view);
}

void add_done_watch(py::module_& module) {
    py::class_<DoneWatch, std::shared_ptr<DoneWatch>>(
        module, "DoneWatch", "Waits until some clients have used their workloads up.")
        .def(
            "wait",
            [](const std::shared_ptr<DoneWatch>& watch, double seconds) {
                return blocking([watch, patience = base::from_seconds(seconds)] {
                    return watch->wait(patience);
                });
            },
            py::arg("seconds"),
            "True once all are done, or the watch was cancelled; False after `seconds`.")
        .def("done", &DoneWatch::done, py::arg("client_id"), "Waits for this client no more.")
        .def("cancel", &DoneWatch::cancel, "Ends all waiting.")
        .def("waiting", &DoneWatch::waiting, "The ids of the clients that are not done.");
}

void add_cluster(py::class_<Session, SessionPtr>& session) {
    session
        .def(
            "workers_info",
            [](const SessionPtr& self) {
                py::list list;
                for (const auto& worker :
                     ask(self, [](Session& with) { return with.cluster->present_workers(); })) {
                    list.append(py::make_tuple(worker.name, worker.labels));
                }
                return list;
            },
            "(name, labels) of each worker that is registered and, when it is ours, alive.")
        .def(
            "ping",
            [](const SessionPtr& self) {
                return list_with_errors(
                    ask(self, [](Session& with) { return with.cluster->ping(); }),
                    [](const std::string& name) { return py::str(name); });
            },
            "The name of each worker that answers within 2 s, an exception for one that does not.")
        .def(
            "discover",
            [](const SessionPtr& self) {
                return ask(self, [](Session& with) { return with.cluster->discover(); });
            },
            "Empties the registry and lets workers register again; how many were asked.")
        .def(
            "start_tracing",
            [](const SessionPtr& self) {
                return ask(self, [](Session& with) { return with.cluster->start_tracing(); });
            },
            "How many workers were told.")
        .def(
            "stop_tracing",
            [](const SessionPtr& self) {
                return ask(self, [](Session& with) { return with.cluster->stop_tracing(); });
            },
            "How many workers were told.")
        .def(
            "clients",
            [](const SessionPtr& self) {
                return list_of(
                    ask(self, [](Session& with) { return with.cluster->registry().clients(); }));
            },
            "(client_id, worker, config) of each registered client.")
        .def(
            "client_infos",
            [](const SessionPtr& self) {
                return list_with_errors(
                    ask(self, [](Session& with) { return with.cluster->client_infos(); }),
                    [](const model::ClientInfo& info) { return to_python(info); });
            },
            "(description, requests, failed) of each client that answers within 2 s, an exception "
            "for one that does not.")
        .def(
            "spawn",
            [](const SessionPtr& self, const std::string& service, std::uint64_t num,
               std::optional<std::string> client, const py::object& parameters,
               const py::object& worker_labels) {
                return list_of(
                    ask(self,
                        [config = config_of(service, std::move(client), parameters, worker_labels),
                         num](Session& with) { return with.cluster->spawn(config, num); }));
            },
            py::arg("service"), py::arg("num"), py::arg("client"), py::arg("parameters"),
            py::arg("worker_labels"),
            "Spawns clients over the matching workers; (client_id, worker, config) of each. They "
            "listen when it returns.");
}

void add_commands(py::class_<Session, SessionPtr>& session) {
    session
        .def(
            "set_workload",
            [](const SessionPtr& self, const ClientIds& clients, std::optional<std::uint64_t> num,
               const std::string& distribution, const py::object& parameters) {
                return command(self, coord::ClientAction::kSetWorkload,
                               {num, distribution, from_python(parameters)}, clients);
            },
            py::arg("clients"), py::arg("num"), py::arg("distribution"), py::arg("parameters"),
            "Replaces the workloads of clients ({worker: [client_id]}). Of workers of ours it is "
            "acknowledged.")
        .def(
            "stop_workload",
            [](const SessionPtr& self, const ClientIds& clients) {
                return command(self, coord::ClientAction::kStop, {}, clients);
            },
            py::arg("clients"))
        .def(
            "close_clients",
            [](const SessionPtr& self, const ClientIds& clients) {
                return command(self, coord::ClientAction::kClose, {}, clients);
            },
            py::arg("clients"))
        .def(
            "gone",
            [](const SessionPtr& self, const ClientIds& clients) {
                return ask(self, [=](Session& with) { return with.cluster->gone(clients); });
            },
            py::arg("clients"), "The ids of those that exist no more.")
        .def(
            "watch_done",
            [](const SessionPtr& self, const std::vector<std::string>& client_ids) {
                return self->done->watch(client_ids);
            },
            py::arg("client_ids"))
        .def(
            "statistics", &statistics, py::arg("sources"), py::arg("seconds"),
            "What the clients of the services on the workers ({(worker, service)}) did in the last "
            "seconds; waits up to 2 s for the first reports.");
}

void add_routes(py::class_<Session, SessionPtr>& session) {
    session
        .def(
            "set_route",
            [](const SessionPtr& self, const std::string& service,
               const std::vector<std::string>& hosts, const std::vector<double>& weights) {
                ask(self,
                    [=](Session& with) { return with.routes->set({service, hosts, weights}); });
            },
            py::arg("service"), py::arg("hosts"), py::arg("weights"))
        .def(
            "route",
            [](const SessionPtr& self, const std::string& service) -> py::object {
                const auto record =
                    ask(self, [=](Session& with) { return with.routes->record(service); });
                return record ? py::object(to_python(*record)) : py::none();
            },
            py::arg("service"))
        .def("routes",
             [](const SessionPtr& self) {
                 return list_of(ask(self, [](Session& with) { return with.routes->records(); }));
             })
        .def(
            "append_route",
            [](const SessionPtr& self, const std::string& service, const std::string& host,
               double weight) {
                return to_python(ask(self, [=](Session& with) {
                    return with.routes->append(service, host, weight);
                }));
            },
            py::arg("service"), py::arg("host"), py::arg("weight"))
        .def(
            "update_weights",
            [](const SessionPtr& self, const std::string& service,
               const std::vector<double>& weights) {
                ask(self,
                    [=](Session& with) { return with.routes->update_weights(service, weights); });
            },
            py::arg("service"), py::arg("weights"))
        .def(
            "remove_route",
            [](const SessionPtr& self, const std::string& service) {
                ask(self, [=](Session& with) { return with.routes->remove(service); });
            },
            py::arg("service"))
        .def(
            "drain_host",
            [](const SessionPtr& self, const std::string& service, const std::string& host) {
                return to_python(
                    ask(self, [=](Session& with) { return with.routes->drain(service, host); }));
            },
            py::arg("service"), py::arg("host"))
        .def(
            "undrain_host",
            [](const SessionPtr& self, const std::string& service, const std::string& host) {
                return to_python(
                    ask(self, [=](Session& with) { return with.routes->undrain(service, host); }));
            },
            py::arg("service"), py::arg("host"))
        .def("clear_routes", [](const SessionPtr& self) {
            ask(self, [](Session& with) { return with.routes->clear(); });
        });
}

py::object execute(const SessionPtr& self, const py::args& words) {
    std::vector<std::string> texts;
    for (const auto& word : words) {
        texts.push_back(py::isinstance<py::bytes>(word) ? word.cast<std::string>()
                                                        : py::str(word).cast<std::string>());
    }
    if (texts.empty()) {
        throw py::value_error("wanted a Redis command and its arguments");
    }
    redis::Command command(texts.front());
    for (std::size_t i = 1; i < texts.size(); ++i) {
        command.arg(texts[i]);
    }
    return to_python(ask(self, [command](Session& with) { return with.redis->command(command); }));
}

}  // namespace

void add_session(py::module_& module) {
    add_done_watch(module);
    py::class_<Session, SessionPtr> session(
        module, "Session",
        "One connection to the cluster behind one Redis; what the classes of package galileo stand "
        "on. Every call waits for Redis without the interpreter's lock, and Ctrl-C ends the wait.");
    session
        .def(
            py::init(&open_session), py::arg("address"), py::arg("environment"),
            "Connects to `address` (redis://..., unix://..., host:port) or, when that is empty, to "
            "what the galileo_redis_* variables in `environment` say.")
        .def("close", &Session::close, py::call_guard<py::gil_scoped_release>(),
             "Ends all that waits; no further calls.")
        .def("execute", &execute, "One Redis command; texts are decoded as UTF-8.");
    add_cluster(session);
    add_commands(session);
    add_routes(session);
}

}  // namespace galileo::python
