#pragma once

#include <pybind11/pybind11.h>

#include "model/client.h"
#include "model/json.h"
#include "model/routing_record.h"
#include "redis/reply.h"

/// Values of ours as Python's, and back. All need the interpreter's lock.
namespace galileo::python {

/// dict, list, str, int, float, bool, None.
pybind11::object to_python(const model::Json& json);

/// None, bool, int, float, str, lists, tuples and sets of such, and dicts, whose keys become text.
/// Throws pybind11::type_error, naming the type, for anything else, and pybind11::value_error for
/// nesting deeper than 200 levels.
model::Json from_python(pybind11::handle value);

/// The tuples of contract 1.6: (client_id, worker, (service, client, parameters, worker_labels)).
pybind11::tuple to_python(const model::ClientDescription& client);
/// (description, requests, failed)
pybind11::tuple to_python(const model::ClientInfo& info);
/// (service, hosts, weights)
pybind11::tuple to_python(const model::RoutingRecord& record);

/// Text that is not UTF-8 keeps its bytes as surrogates (PEP 383). Throws a GalileoError for an
/// error reply.
pybind11::object to_python(const redis::Reply& reply);

}  // namespace galileo::python
