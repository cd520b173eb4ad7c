#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/address.h"

namespace galileo::io {

class Loop;

/// Turns host names into addresses with the system's resolver on a thread of its own, and remembers
/// the answers for `time_to_live` (failures for one second). Literal addresses are answered at
/// once. Thread-safe; one per process.
class Resolver {
  public:
    explicit Resolver(std::chrono::nanoseconds time_to_live = std::chrono::seconds(30));
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    using Callback = std::function<void(Result<std::vector<Address>>)>;
    /// Calls back on `loop`, at once (inside the call) when the answer is known. At least one
    /// address on success; kNotFound or kTimeout otherwise.
    void resolve(const std::string& host, std::uint16_t port, Loop& loop, Callback callback);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace galileo::io
