#include "python/convert.h"

#include <string>

#include "python/raise.h"

namespace galileo::python {

namespace py = pybind11;

namespace {

constexpr int kDeepest = 200;  // as model::parse_json

model::Json from_python_at(py::handle value, int depth);

model::Json list_from(const py::iterable& values, int depth) {
    auto list = model::Json::array();
    for (const auto& value : values) {
        list.push_back(from_python_at(value, depth));
    }
    return list;
}

model::Json number_from(const py::int_& value) {
    int overflow = 0;
    const long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
    if (overflow == 0) {
        return model::Json(static_cast<std::int64_t>(number));
    }
    return model::Json(PyLong_AsDouble(value.ptr()));
}

model::Json from_python_at(py::handle value, int depth) {
    if (depth > kDeepest) {
        throw py::value_error("nested deeper than 200 levels");
    }
    if (value.is_none()) {
        return {};
    }
    if (py::isinstance<py::bool_>(value)) {
        return model::Json(value.cast<bool>());
    }
    if (py::isinstance<py::int_>(value)) {
        auto number = number_from(py::reinterpret_borrow<py::int_>(value));
        if (PyErr_Occurred() != nullptr) {
            throw py::error_already_set();
        }
        return number.is_number_integer() && number.get<std::int64_t>() >= 0
                   ? model::Json(number.get<std::uint64_t>())
                   : number;
    }
    if (py::isinstance<py::float_>(value)) {
        return model::Json(value.cast<double>());
    }
    if (py::isinstance<py::str>(value)) {
        return model::Json(value.cast<std::string>());
    }
    if (py::isinstance<py::dict>(value)) {
        auto object = model::Json::object();
        for (const auto& [key, element] : py::reinterpret_borrow<py::dict>(value)) {
            object[py::str(key).cast<std::string>()] = from_python_at(element, depth + 1);
        }
        return object;
    }
    if (py::isinstance<py::list>(value) || py::isinstance<py::tuple>(value) ||
        py::isinstance<py::set>(value) || py::isinstance<py::frozenset>(value)) {
        return list_from(py::reinterpret_borrow<py::iterable>(value), depth + 1);
    }
    throw py::type_error(
        "cannot send a value of type " +
        py::str(py::type::of(value).attr("__name__")).cast<std::string>() +
        "; use text, numbers, lists and dicts, and {'__bytes__': base64 text} for bytes");
}

}  // namespace

py::object to_python(const model::Json& json) {
    switch (json.type()) {
        case model::Json::value_t::null:
        case model::Json::value_t::discarded:
            return py::none();
        case model::Json::value_t::boolean:
            return py::bool_(json.get<bool>());
        case model::Json::value_t::number_integer:
            return py::int_(json.get<std::int64_t>());
        case model::Json::value_t::number_unsigned:
            return py::int_(json.get<std::uint64_t>());
        case model::Json::value_t::number_float:
            return py::float_(json.get<double>());
        case model::Json::value_t::string:
        case model::Json::value_t::binary:
            return py::str(json.get<std::string>());
        case model::Json::value_t::array: {
            py::list list;
            for (const auto& element : json) {
                list.append(to_python(element));
            }
            return list;
        }
        case model::Json::value_t::object: {
            py::dict dict;
            for (const auto& [key, element] : json.items()) {
                dict[py::str(key)] = to_python(element);
            }
            return dict;
        }
    }
    return py::none();
}

model::Json from_python(py::handle value) {
    return from_python_at(value, 0);
}

py::tuple to_python(const model::ClientDescription& client) {
    const auto& config = client.config;
    return py::make_tuple(
        client.client_id, client.worker,
        py::make_tuple(config.service, config.client, to_python(config.parameters),
                       to_python(config.worker_labels)));
}

py::tuple to_python(const model::ClientInfo& info) {
    return py::make_tuple(to_python(info.description), info.requests, info.failed);
}

py::tuple to_python(const model::RoutingRecord& record) {
    py::list hosts;
    py::list weights;
    for (const auto& host : record.hosts) {
        hosts.append(host);
    }
    for (const double weight : record.weights) {
        weights.append(weight);
    }
    return py::make_tuple(record.service, hosts, weights);
}

py::object to_python(const redis::Reply& reply) {
    switch (reply.kind()) {
        case redis::Reply::Kind::kNil:
            return py::none();
        case redis::Reply::Kind::kInteger:
            return py::int_(value_or_raise(reply.integer()));
        case redis::Reply::Kind::kStatus:
        case redis::Reply::Kind::kText: {
            const auto text = reply.view();
            return py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(
                text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
        }
        case redis::Reply::Kind::kError:
            value_or_raise(reply.check());
            break;
        case redis::Reply::Kind::kArray: {
            py::list list;
            for (const auto& element : reply.elements()) {
                list.append(to_python(element));
            }
            return list;
        }
    }
    return py::none();
}

}  // namespace galileo::python
