// After warm-up, exchanges over plain TCP allocate nothing: the load path's memory is bounded and
// its time does not depend on the allocator.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "base/assert.h"
#include "http/client.h"
#include "http/testing/test_server.h"
#include "io/testing/loop_helpers.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

// Not inlined, so that the compiler does not see malloc() memory go to operator delete and warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    void* const memory = std::malloc(size);
    GALILEO_ASSERT(memory != nullptr);
    return memory;
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}

namespace galileo::http {
namespace {

struct Repeated final : Exchange {
    void on_done() override {
        EXPECT_EQ(status, 200);
        if (--left > 0) {
            client->start(*this);
        }
    }
    Client* client = nullptr;
    int left = 0;
};

class AllocationTest : public ::testing::TestWithParam<Reuse> {
  protected:
    /// How many allocations `count` exchanges, ten at a time, make.
    std::size_t allocations_of(int count) {
        const std::size_t before = allocations;
        for (Repeated& exchange : exchanges_) {
            exchange.left = count / 10;
            client_.start(exchange);
        }
        EXPECT_TRUE(io::testing::turn_until(*loop_, [&] {
            return std::all_of(exchanges_.begin(), exchanges_.end(),
                               [](const Repeated& exchange) { return exchange.left == 0; });
        }));
        return allocations - before;
    }

    void SetUp() override {
        server_.record = false;
        request_ = {.origin = server_.origin(), .bytes = server_.get()};
        for (Repeated& exchange : exchanges_) {
            exchange.client = &client_;
            exchange.request = &request_;
            exchange.timeout = std::chrono::seconds(30);
        }
    }

    const std::string answer_ = testing::TestServer::with_length(200, "ok", "Server: test\r\n");
    std::unique_ptr<io::Loop> loop_ = io::Loop::create(base::system_clock()).release_value();
    io::Resolver resolver_;
    testing::TestServer server_{
        *loop_, [this](testing::TestServer::Session& session) { session.stream.write(answer_); }};
    Client client_{*loop_, resolver_, {.reuse = GetParam()}};
    RenderedRequest request_;
    std::array<Repeated, 10> exchanges_;
};

using KeepAlive = AllocationTest;
TEST_P(KeepAlive, ExchangesAllocateNothingAfterWarmUp) {
    allocations_of(1000);
    EXPECT_EQ(allocations_of(10'000), 0U);
}
INSTANTIATE_TEST_SUITE_P(Reused, KeepAlive, ::testing::Values(Reuse::kKeepAlive));

using PerRequest = AllocationTest;
TEST_P(PerRequest, OpeningConnectionsAllocatesNothingOnOurSide) {
    allocations_of(200);
    // The test server allocates for each connection it accepts, in the same process: a session and
    // little else.
    const std::size_t accepted = server_.accepted;
    const std::size_t made = allocations_of(1000);
    EXPECT_LE(made, (server_.accepted - accepted) * 2);
}
INSTANTIATE_TEST_SUITE_P(Fresh, PerRequest, ::testing::Values(Reuse::kPerRequest));

}  // namespace
}  // namespace galileo::http
