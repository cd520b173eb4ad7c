#include "python/recording_class.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <pybind11/stl.h>

#include "base/clock.h"
#include "base/environment.h"
#include "base/random.h"
#include "python/blocking.h"
#include "python/convert.h"
#include "python/raise.h"
#include "python/session.h"
#include "recorder/experiment_recording.h"
#include "store/open_store.h"

namespace galileo::python {

namespace py = pybind11;

namespace {

/// A recording and the session that it listens through. Shared by Python and by calls that Ctrl-C
/// has left behind.
struct Recording {
    std::shared_ptr<Session> session;
    std::unique_ptr<recorder::ExperimentRecording> recording;
};
using RecordingPtr = std::shared_ptr<Recording>;

RecordingPtr start(const std::shared_ptr<Session>& session,
                   std::optional<std::string> name,
                   std::optional<std::string> creator,
                   const py::object& metadata,
                   const std::map<std::string, std::string>& environment) {
    const recorder::RecordingRequest request{std::move(name), std::move(creator),
                                             from_python(metadata)};
    const base::Environment variables({environment.begin(), environment.end()});
    return value_or_raise(blocking([=]() -> base::Result<RecordingPtr> {
        auto store = TRY(store::open_store(variables));
        base::Rng rng(base::entropy_seed());
        auto recording =
            TRY(recorder::ExperimentRecording::start(request, *session->redis, *session->subscriber,
                                                     std::move(store), base::system_clock(), rng));
        return std::make_shared<Recording>(session, std::move(recording));
    }));
}

py::dict account_of(const RecordingPtr& self) {
    const auto account = self->recording->account();
    py::dict dict;
    dict["experiment_id"] = account.experiment_id;
    dict["traces"] = account.traces;
    dict["telemetry"] = account.telemetry;
    dict["events"] = account.events;
    dict["node_infos"] = account.node_infos;
    dict["refused"] = account.refused;
    dict["lost"] = account.lost;
    dict["trouble"] = account.trouble;
    return dict;
}

}  // namespace

void add_recording(py::module_& module) {
    py::class_<Recording, RecordingPtr>(module, "Recording",
                                        "Traces, telemetry and events of a stretch of time, on "
                                        "their way into the database as an experiment.")
        .def(py::init(&start), py::arg("session"), py::arg("name"), py::arg("creator"),
             py::arg("metadata"), py::arg("environment"),
             "Begins; listens when it returns. The galileo_expdb_* variables in `environment` say "
             "which database.")
        .def_property_readonly(
            "experiment_id",
            [](const RecordingPtr& self) { return self->recording->experiment_id(); })
        .def("account", &account_of, "Rows stored, refused and lost so far.")
        .def(
            "stop",
            [](const RecordingPtr& self) {
                value_or_raise(blocking([self] { return self->recording->stop(); }));
                return account_of(self);
            },
            "Ends it, once all that came is stored; the final account.");
}

}  // namespace galileo::python
