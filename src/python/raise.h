#pragma once

#include <utility>

#include <pybind11/pybind11.h>

#include "base/result.h"

namespace galileo::python {

/// Adds the exception classes to the module: GalileoError, and one below it for each kind of error,
/// which is also the built-in exception that a Python programmer would expect (InvalidInput is a
/// ValueError, Unavailable a ConnectionError, ...). Their `code` is base::to_string of the code.
void add_exceptions(pybind11::module_& module);

/// The Python exception for `error`, not raised.
pybind11::object exception_of(const base::Error& error);

/// Raises it; needs the interpreter's lock.
[[noreturn]] void raise(const base::Error& error);

/// What is in `result`, or its error as a Python exception.
template <typename T>
T value_or_raise(base::Result<T> result) {
    if (!result) {
        raise(result.error());
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(result).value();
    }
}

}  // namespace galileo::python
