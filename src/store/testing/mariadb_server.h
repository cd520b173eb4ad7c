#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/process.h"
#include "store/mariadb/options.h"

namespace galileo::store::testing {

/// A real mariadbd of the tests' own, on a unix socket alone, in a temporary directory that goes
/// with it. Takes about a second to start, so a test program shares one: shared(). Aborts the
/// program when it cannot be started: no test can go on without it. Thread-compatible.
class MariadbServer {
  public:
    /// The one of this program, started at first use.
    static MariadbServer& shared();

    /// With further options, such as `--max-allowed-packet=1M`.
    explicit MariadbServer(std::vector<std::string> extra_options = {});
    ~MariadbServer();
    MariadbServer(const MariadbServer&) = delete;
    MariadbServer& operator=(const MariadbServer&) = delete;

    /// As root, without a password, into `database`.
    [[nodiscard]] mariadb::MariadbOptions options(const std::string& database) const;

    /// Makes an empty database and returns its name.
    std::string fresh_database();

    void kill();     ///< SIGKILL, and waits for its end
    void restart();  ///< with the data that it had; aborts when it does not come up
    void freeze();   ///< SIGSTOP: connections stay, answers stop
    void thaw();     ///< SIGCONT

  private:
    void initialise();
    void start();

    std::string directory_;
    std::vector<std::string> extra_options_;
    std::unique_ptr<base::ChildProcess> process_;
    int databases_ = 0;
};

}  // namespace galileo::store::testing
