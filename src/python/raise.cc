#include "python/raise.h"

#include <array>
#include <map>
#include <string>

namespace galileo::python {

namespace py = pybind11;
using base::ErrorCode;

namespace {

struct Kind {
    ErrorCode code;
    const char* name;
    const char* builtin;  ///< of module builtins
    const char* doc;
};
constexpr std::array<Kind, 8> kKinds = {{
    {ErrorCode::kInvalidInput, "InvalidInput", "ValueError",
     "What was given is wrong; the message says what is allowed."},
    {ErrorCode::kNotFound, "NotFound", "LookupError", "What was named does not exist."},
    {ErrorCode::kConflict, "Conflict", "RuntimeError",
     "It exists already, or is in another state."},
    {ErrorCode::kUnavailable, "Unavailable", "ConnectionError",
     "Redis, or a worker, cannot be reached; trying again may help."},
    {ErrorCode::kTimeout, "Timeout", "TimeoutError", "No answer in time; trying again may help."},
    {ErrorCode::kExhausted, "Exhausted", "RuntimeError", "A limit was reached."},
    {ErrorCode::kDenied, "Denied", "PermissionError", "Permission or authentication is missing."},
    {ErrorCode::kProtocol, "ProtocolError", "RuntimeError",
     "The other side answered what it must not."},
}};

/// The classes; they live as long as the process, like the module.
std::map<ErrorCode, PyObject*>& classes() {
    static std::map<ErrorCode, PyObject*> classes;
    return classes;
}
PyObject*& base_class() {
    static PyObject* base = nullptr;
    return base;
}

}  // namespace

void add_exceptions(py::module_& module) {
    base_class() = PyErr_NewExceptionWithDoc(
        "galileo.errors.GalileoError",
        "Something that Galileo could not do; the message says why, and what would help.\n\n"
        "`code` is one word for the kind: invalid_input, not_found, unavailable, timeout, ...",
        nullptr, nullptr);
    py::reinterpret_borrow<py::object>(base_class()).attr("code") =
        std::string(to_string(ErrorCode::kInternal));
    module.add_object("GalileoError", py::reinterpret_borrow<py::object>(base_class()));
    const auto builtins = py::module_::import("builtins");
    for (const auto& kind : kKinds) {
        const auto bases = py::make_tuple(py::reinterpret_borrow<py::object>(base_class()),
                                          builtins.attr(kind.builtin));
        auto* made = PyErr_NewExceptionWithDoc(("galileo.errors." + std::string(kind.name)).c_str(),
                                               kind.doc, bases.ptr(), nullptr);
        if (made == nullptr) {
            throw py::error_already_set();
        }
        // Of the class, so that those which Python code raises have it too.
        py::reinterpret_borrow<py::object>(made).attr("code") = std::string(to_string(kind.code));
        classes()[kind.code] = made;
        module.add_object(kind.name, py::reinterpret_borrow<py::object>(made));
    }
}

py::object exception_of(const base::Error& error) {
    const auto found = classes().find(error.code());
    auto* type = found == classes().end() ? base_class() : found->second;
    auto exception = py::reinterpret_borrow<py::object>(type)(error.message());
    exception.attr("code") = std::string(to_string(error.code()));
    return exception;
}

void raise(const base::Error& error) {
    const auto exception = exception_of(error);
    PyErr_SetObject(py::type::of(exception).ptr(), exception.ptr());
    throw py::error_already_set();
}

}  // namespace galileo::python
