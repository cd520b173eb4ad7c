#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <utility>

#include <pybind11/pybind11.h>

namespace galileo::python {

/// Runs `call`, which may block, without the interpreter's lock, and returns what it returns. On
/// Python's main thread it runs on a thread of its own meanwhile, so that Ctrl-C raises
/// KeyboardInterrupt at once; the call then goes on in the background and its result is lost. So
/// `call` must own, or share, everything that it uses.
template <typename Call>
auto blocking(Call call) {
    using Value = decltype(call());
    static constexpr std::chrono::milliseconds kLookForSignals{20};
    // Only the main thread gets signals; the check is as Python's own threading module does it.
    const auto threading = pybind11::module_::import("threading");
    const bool is_main = threading.attr("current_thread")().is(threading.attr("main_thread")());
    if (!is_main) {
        const pybind11::gil_scoped_release unlocked;
        return call();
    }
    std::packaged_task<Value()> task(std::move(call));
    auto result = task.get_future();
    std::thread(std::move(task)).detach();
    for (;;) {
        {
            const pybind11::gil_scoped_release unlocked;
            if (result.wait_for(kLookForSignals) == std::future_status::ready) {
                break;
            }
        }
        if (PyErr_CheckSignals() != 0) {
            throw pybind11::error_already_set();
        }
    }
    return result.get();
}

}  // namespace galileo::python
