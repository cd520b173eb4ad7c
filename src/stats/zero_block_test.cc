#include "stats/zero_block.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace galileo::stats {
namespace {

TEST(ZeroBlock, IsZeroWhenFreshAndWhenUsedBefore) {
    std::vector<std::uint64_t*> blocks;
    for (int round = 0; round < 3; ++round) {
        while (blocks.size() < 100) {  // more than are kept
            blocks.push_back(take_zero_block());
        }
        EXPECT_EQ(std::set<std::uint64_t*>(blocks.begin(), blocks.end()).size(), blocks.size());
        for (std::uint64_t* block : blocks) {
            for (const std::size_t at :
                 {std::size_t{0}, kZeroBlockNumbers / 2, kZeroBlockNumbers - 1}) {
                ASSERT_EQ(block[at], 0U);
                block[at] = 1;
            }
            for (const std::size_t at :
                 {std::size_t{0}, kZeroBlockNumbers / 2, kZeroBlockNumbers - 1}) {
                block[at] = 0;
            }
            give_zero_block(block);
        }
        blocks.clear();
    }
}

}  // namespace
}  // namespace galileo::stats
