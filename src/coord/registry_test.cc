#include "coord/registry.h"

#include <gtest/gtest.h>

namespace galileo::coord {
namespace {

using Counts = std::vector<std::uint64_t>;

TEST(DealClients, GivesEachToTheWorkerWithTheFewestFirstOnTies) {
    EXPECT_EQ(deal_clients({0, 0, 0}, 4), (Counts{2, 1, 1}));
    EXPECT_EQ(deal_clients({5, 0, 2}, 4), (Counts{0, 3, 1}));
    EXPECT_EQ(deal_clients({5, 0, 2}, 0), (Counts{0, 0, 0}));
    EXPECT_EQ(deal_clients({7}, 3), (Counts{3}));
    EXPECT_EQ(deal_clients({}, 3), Counts{});
}

TEST(LabelsMatch, NeedsEveryWantedLabelWithItsValue) {
    const Labels labels{{"galileo_zone", "A"}, {"galileo_arch", "arm"}};
    EXPECT_TRUE(labels_match(labels, {}));
    EXPECT_TRUE(labels_match(labels, {{"galileo_zone", "A"}}));
    EXPECT_FALSE(labels_match(labels, {{"galileo_zone", "B"}}));
    EXPECT_FALSE(labels_match(labels, {{"galileo_zone", "A"}, {"galileo_disk", "ssd"}}));
}

}  // namespace
}  // namespace galileo::coord
