#include "engine/fifo.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/random.h"

namespace galileo::engine {
namespace {

TEST(Fifo, BehavesAsAQueue) {
    base::Rng rng(7);
    Fifo<int> fifo;
    std::deque<int> model;
    for (int step = 0; step < 10'000; ++step) {
        if (rng.below(5) < 3) {
            fifo.push(step);
            model.push_back(step);
        } else if (!model.empty()) {
            ASSERT_EQ(fifo.front(), model.front());
            fifo.pop();
            model.pop_front();
        }
        ASSERT_EQ(fifo.size(), model.size());
        ASSERT_EQ(fifo.empty(), model.empty());
    }
}

}  // namespace
}  // namespace galileo::engine
