// Goal: a batch of traces whose commit was never answered is stored once, whether or not the server
// had committed it.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "base/fd.h"
#include "mariadb_fixture.h"

namespace galileo::store::mariadb {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

/// Stands between a client and the server on unix sockets, one connection after the other, and cuts
/// the next COMMIT off.
class Gate {
  public:
    enum class Cut {
        kNothing,
        kBeforeCommit,  ///< the server never hears of it
        kAfterCommit,   ///< the server does it; the answer is lost
    };

    Gate(std::string server, std::string path)
        : server_(std::move(server)), path_(std::move(path)) {
        const sockaddr_un address = address_of(path_);
        listener_.reset(::socket(AF_UNIX, SOCK_STREAM, 0));
        EXPECT_EQ(
            ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);
        EXPECT_EQ(::listen(listener_.get(), 8), 0);
        thread_ = std::thread([this] { run(); });
    }
    ~Gate() {
        stop_ = true;
        thread_.join();
        ::unlink(path_.c_str());
    }
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    void cut(Cut cut) { cut_ = cut; }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    static sockaddr_un address_of(const std::string& path) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        return address;
    }
    void run() {
        while (!stop_) {
            pollfd ready{listener_.get(), POLLIN, 0};
            if (::poll(&ready, 1, 10) == 1) {
                serve(base::UniqueFd(::accept(listener_.get(), nullptr, nullptr)));
            }
        }
    }
    void serve(base::UniqueFd client) {
        base::UniqueFd server(::socket(AF_UNIX, SOCK_STREAM, 0));
        const sockaddr_un address = address_of(server_);
        ASSERT_EQ(
            ::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            0);
        bool cutting = false;
        while (!stop_) {
            std::array<pollfd, 2> ready{{{client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}}};
            if (::poll(ready.data(), ready.size(), 10) <= 0) {
                continue;
            }
            for (std::size_t side = 0; side < 2; ++side) {
                if (ready[side].revents == 0) {
                    continue;
                }
                std::array<char, 65'536> buffer{};
                const ssize_t got = ::read(ready[side].fd, buffer.data(), buffer.size());
                if (got <= 0 || (side == 1 && cutting)) {
                    return;
                }
                const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
                if (side == 0 && cut_ != Cut::kNothing &&
                    bytes.find("COMMIT") != std::string_view::npos) {
                    if (cut_.exchange(Cut::kNothing) == Cut::kBeforeCommit) {
                        return;
                    }
                    cutting = true;
                }
                ASSERT_EQ(::write(ready[1 - side].fd, bytes.data(), bytes.size()), got);
            }
        }
    }

    const std::string server_;
    const std::string path_;
    base::UniqueFd listener_;
    std::atomic<Cut> cut_{Cut::kNothing};
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

class MariadbDoubtTest : public MariadbTest {
  protected:
    MariadbDoubtTest() : gate_(options().socket, options().socket + "." + database_) {
        auto through_gate = options();
        through_gate.socket = gate_.path();
        through_gate.patience = 2s;
        through_gate.lock_timeout = 1s;
        store_ = open(through_gate);
    }

    Gate gate_;
    std::unique_ptr<MariadbStore> store_;
    const std::vector<model::Trace> batch_ = std::vector<model::Trace>(100, trace());
};

TEST_F(MariadbDoubtTest, StoresABatchOnceWhenTheAnswerToItsCommitIsLost) {
    gate_.cut(Gate::Cut::kAfterCommit);
    const auto first = store_->add_traces(batch_, "x");
    ASSERT_FALSE(first.ok());
    EXPECT_THAT(first.error().message(), HasSubstr("perhaps stored"));
    const auto second = store_->add_traces(batch_, "x");
    ASSERT_TRUE(second.ok()) << second.error().message();
    EXPECT_EQ(second->stored, 100U);
    EXPECT_EQ(store_->count_traces("x").value(), 100U);
    EXPECT_TRUE(store_->add_traces(batch_, "x").ok());
    EXPECT_EQ(store_->count_traces("x").value(), 200U) << "the same rows again on purpose";
}

TEST_F(MariadbDoubtTest, StoresABatchOnceWhenItsCommitIsLost) {
    gate_.cut(Gate::Cut::kBeforeCommit);
    EXPECT_FALSE(store_->add_traces(batch_, "x").ok());
    EXPECT_EQ(store_->add_traces(batch_, "x").value().stored, 100U);
    EXPECT_EQ(store_->count_traces("x").value(), 100U);
}

TEST_F(MariadbDoubtTest, WaitsForTheSessionThatMayStillCommit) {
    const auto other = raw();
    const auto session = [](Connection& connection) {
        auto rows = connection.query("SELECT @galileo_session");
        EXPECT_TRUE(rows->next().value());
        return std::string(rows->text(0));
    };
    const std::string name = session(*other);
    EXPECT_THAT(name, HasSubstr("galileo:"));
    ASSERT_TRUE(other->execute("START TRANSACTION").ok());
    ASSERT_TRUE(other->execute("INSERT INTO events VALUES ('x', 1, 'first', NULL)").ok());
    const auto ender = raw();
    ASSERT_TRUE(ender->end_session(name).ok());
    EXPECT_FALSE(other->execute("COMMIT").ok()) << "it has been ended";
    EXPECT_TRUE(query("SELECT NAME FROM events", 1).empty());
    EXPECT_TRUE(ender->end_session(name).ok()) << "nothing to end any more";
}

}  // namespace
}  // namespace galileo::store::mariadb
