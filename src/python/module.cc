#include <pybind11/pybind11.h>

#include "python/raise.h"
#include "python/recording_class.h"
#include "python/session.h"

PYBIND11_MODULE(_galileo, module) {
    module.doc() = "The compiled half of package galileo. Use the package.";
    module.attr("__version__") = GALILEO_VERSION;
    galileo::python::add_exceptions(module);
    galileo::python::add_session(module);
    galileo::python::add_recording(module);
}
