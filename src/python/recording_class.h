#pragma once

#include <pybind11/pybind11.h>

namespace galileo::python {

/// Adds class `Recording`: an experiment that is being recorded (recorder/experiment_recording.h).
void add_recording(pybind11::module_& module);

}  // namespace galileo::python
