#include "control/dealing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace galileo::control {
namespace {

RunWorkload workload(std::string name, std::uint64_t clients, Labels labels = {}) {
    RunWorkload made;
    made.whole.workload = std::move(name);
    made.whole.clients_in_all = clients;
    made.labels = std::move(labels);
    return made;
}

RunRequest request(std::vector<RunWorkload> workloads, std::uint64_t connections = 0) {
    RunRequest made;
    made.run_id = "r";
    made.connections = connections;
    made.workloads = std::move(workloads);
    return made;
}

const std::vector<Candidate> kWorkers = {
    {"w1", {{"galileo_zone", "A"}}}, {"w2", {{"galileo_zone", "B"}}}, {"w3", {}}};

TEST(DealOut, GivesEveryClientToExactlyOneWorker) {
    for (std::uint64_t clients = 1; clients < 20; ++clients) {
        const auto parts = deal_out(request({workload("load", clients)}), kWorkers);
        ASSERT_TRUE(parts.ok());
        std::vector<std::uint64_t> owners(clients, 0);
        for (const auto& [name, part] : *parts) {
            const auto& share = part.workloads.at(0);
            for (std::uint64_t client = 0; client < share.clients; ++client) {
                ++owners.at(share.first_client + client * share.client_stride);
            }
        }
        EXPECT_THAT(owners, testing::Each(1)) << clients;
    }
}

TEST(DealOut, UsesOnlyWorkersWithTheLabels) {
    const auto parts = deal_out(request({workload("load", 5, {{"galileo_zone", "B"}})}), kWorkers);
    ASSERT_TRUE(parts.ok());
    ASSERT_EQ(parts->size(), 1U);
    EXPECT_EQ(parts->at("w2").workloads.at(0).clients, 5U);
}

TEST(DealOut, StartsWithTheWorkerThatHasTheFewestClients) {
    const auto parts = deal_out(
        request({workload("first", 1), workload("second", 1), workload("third", 1)}), kWorkers);
    ASSERT_TRUE(parts.ok());
    EXPECT_EQ(parts->at("w1").workloads.at(0).workload, "first");
    EXPECT_EQ(parts->at("w2").workloads.at(0).workload, "second");
    EXPECT_EQ(parts->at("w3").workloads.at(0).workload, "third");
}

TEST(DealOut, SharesOutTheConnectionsWithAtLeastOneForEach) {
    const auto parts = deal_out(request({workload("load", 9)}, 100), kWorkers);
    ASSERT_TRUE(parts.ok());
    EXPECT_EQ(parts->at("w1").connections, 34U);
    EXPECT_EQ(parts->at("w2").connections, 33U);
    const auto scarce = deal_out(request({workload("load", 9)}, 1), kWorkers);
    EXPECT_EQ(scarce->at("w3").connections, 1U);
}

TEST(DealOut, NamesTheLabelsAndTheWorkersWhenNobodyMatches) {
    const auto parts = deal_out(request({workload("load", 1, {{"galileo_zone", "C"}})}), kWorkers);
    ASSERT_FALSE(parts.ok());
    EXPECT_EQ(parts.error().code(), ErrorCode::kNotFound);
    EXPECT_THAT(parts.error().message(), testing::HasSubstr("galileo_zone=C"));
    EXPECT_THAT(parts.error().message(),
                testing::HasSubstr("w1 (galileo_zone=A); w2 (galileo_zone=B); w3 (no labels)"));
}

}  // namespace
}  // namespace galileo::control
