#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/testing/fake_clock.h"
#include "hostmon/host.h"
#include "hostmon/instruments.h"

namespace galileo::hostmon::testing {

/// A host that is a temporary directory with `proc` and `sys` below it, and a clock that a test
/// steps. Empty at first: a host without anything. Thread-compatible.
class HostTree {
  public:
    HostTree();
    ~HostTree();
    HostTree(const HostTree&) = delete;
    HostTree& operator=(const HostTree&) = delete;

    /// Writes a file as a kernel does: one that is open shows the new text. `path` as
    /// `proc/loadavg`.
    void write(std::string_view path, std::string_view text);
    /// With all below it.
    void remove(std::string_view path);

    [[nodiscard]] HostOptions options() const;
    [[nodiscard]] Host& host() { return host_; }
    [[nodiscard]] base::testing::FakeClock& clock() { return clock_; }

    /// What an instrument emits, as `metric/subsystem value` or `metric value`; in the end its
    /// error, as `!not_found`.
    static std::vector<std::string> sample(Instrument& instrument);

  private:
    std::string root_;
    base::testing::FakeClock clock_;
    Host host_;
};

}  // namespace galileo::hostmon::testing
