#include "model/client.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "model/wire.h"

namespace galileo::model {
namespace {

Json json(std::string_view text) {
    return parse_json(text).value();
}

TEST(ClientWire, WritesCapturedForms) {
    const ClientDescription description{
        .client_id = "w1:echo:3",
        .worker = "w1",
        .config = {.service = "echo", .client = "noapp", .parameters = {}, .worker_labels = {}}};
    EXPECT_EQ(to_python_json(to_wire(description)),
              R"(["w1:echo:3", "w1", ["echo", "noapp", null, null]])");

    const ClientInfo info{.description = {.client_id = "w1:svcx:4",
                                          .worker = "w1",
                                          .config = {.service = "svcx",
                                                     .client = std::nullopt,
                                                     .parameters = {},
                                                     .worker_labels = {}}},
                          .requests = 1,
                          .failed = 1};
    EXPECT_EQ(to_python_json(to_wire(info)),
              R"([["w1:svcx:4", "w1", ["svcx", null, null, null]], 1, 1])");

    const std::string full =
        R"(["echo", null, {"method": "post", "path": "/p?q=1", "kwargs": {"json": {"a": [1, 2.5, null, "\u00fc"]}, "headers": {"X-A": "b"}}}, {"galileo_zone": "A"}])";
    EXPECT_EQ(to_python_json(to_wire(client_config_from_wire(json(full)).value())), full);
}

TEST(ClientWire, ReadsListAndObjectForm) {
    const ClientDescription expected{
        .client_id = "c",
        .worker = "w",
        .config = {.service = "s", .client = "app", .parameters = {}, .worker_labels = {}}};
    for (
        const char* text : {
            R"(["c", "w", ["s", "app", null, null]])",
            R"(["c", "w", ["s", "app"]])",
            R"(["c", "w", ["s", "app", null, null, "new"], "more"])",
            R"({"client_id": "c", "worker": "w", "config": {"service": "s", "client": "app"}})",
            R"({"config": ["s", "app"], "x": 1, "worker": "w", "client_id": "c"})",
            R"({"__obj": ["c", "w", ["s", "app", null]], "__type": "galileo.worker.api.ClientDescription"})",
        }) {
        const auto read = client_description_from_wire(json(text));
        ASSERT_TRUE(read.ok()) << text << ": " << read.error().message();
        EXPECT_EQ(*read, expected) << text;
    }
}

TEST(ClientWire, ConvertsScalarsAsTheOriginalDoes) {
    const auto info = client_info_from_wire(json(R"([[5, 1.5, [true, 7]], "3", 2.7])"));
    ASSERT_TRUE(info.ok()) << info.error().message();
    EXPECT_EQ(info->description.client_id, "5");
    EXPECT_EQ(info->description.worker, "1.5");
    EXPECT_EQ(info->description.config.service, "True");
    EXPECT_EQ(info->description.config.client, "7");
    EXPECT_EQ(info->requests, 3U);
    EXPECT_EQ(info->failed, 2U);
    const auto defaults = client_info_from_wire(json(R"([["c", "w", ["s"]]])"));
    ASSERT_TRUE(defaults.ok());
    EXPECT_EQ(defaults->requests, 0U);
}

TEST(ClientWire, NamesTheFieldThatIsWrong) {
    const std::pair<const char*, const char*> rows[] = {
        {R"("text")", "ClientInfo: expected a list or an object, got string"},
        {R"([])", "ClientInfo.description: missing"},
        {R"([["c", "w"]])", "ClientInfo: ClientDescription.config: missing"},
        {R"([["c", "w", []]])", "ClientInfo: ClientDescription: ClientConfig.service: missing"},
        {R"([["c", null, ["s"]]])", "ClientInfo: ClientDescription.worker: missing"},
        {R"([["c", ["w"], ["s"]]])", "ClientDescription.worker: expected text, got array"},
        {R"([["c", "w", ["s", null, [1]]]])", "ClientConfig.parameters: expected an object"},
        {R"([["c", "w", ["s"]], -1])", "ClientInfo.requests: expected a whole number"},
        {R"([["c", "w", ["s"]], "x"])", "ClientInfo.requests: expected a whole number"},
        {R"([["c", "w", ["s"]], NaN])", "ClientInfo.requests: expected a whole number"},
        {R"([["c", "w", ["s"]], 1e30])", "ClientInfo.requests: expected a whole number"},
        {R"({"__obj": 3})", "expected a list or an object, got number"},
    };
    for (const auto& [text, expected] : rows) {
        const auto read = client_info_from_wire(json(text));
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_EQ(read.error().code(), ErrorCode::kInvalidInput);
        EXPECT_NE(read.error().message().find(expected), std::string::npos)
            << text << " gave " << read.error().message();
    }
}

TEST(WireFields, ReadsNumbersAndLists) {
    constexpr std::array<std::string_view, 3> kNames = {"number", "list", "count"};
    const Json wire = json(R"([" 1.5 ", [1, 2], " 7 "])");
    const auto fields = WireFields::open(wire, "T", kNames);
    ASSERT_TRUE(fields.ok());
    EXPECT_EQ(fields->optional_number(0).value(), 1.5);
    EXPECT_EQ(fields->optional_list(1).value(), json("[1, 2]"));
    EXPECT_EQ(fields->optional_count(2).value(), 7U);
    EXPECT_FALSE(fields->optional_number(1).ok());
    EXPECT_FALSE(fields->optional_list(0).ok());

    const Json empty = json("{}");
    const auto none = WireFields::open(empty, "T", kNames);
    ASSERT_TRUE(none.ok());
    EXPECT_EQ(none->optional_number(0).value(), std::nullopt);
    EXPECT_TRUE(none->optional_list(1).value().is_null());
}

TEST(ClientWire, SurvivesAnyJson) {
    // Random trees of the values that the readers look at.
    const char* leaves[] = {"null", "1", "-1", "2.7", "NaN", "\"3\"", "\"\"", "true", "[]", "{}"};
    const char* keys[] = {"description", "client_id", "config", "service", "requests", "__obj"};
    base::Rng rng(7);
    const auto tree = [&](auto&& self, int depth) -> std::string {
        const auto kind = depth == 0 ? 0 : rng.below(3);
        if (kind == 0) {
            return leaves[rng.below(std::size(leaves))];
        }
        std::string text(1, kind == 1 ? '[' : '{');
        for (auto left = rng.below(5); left > 0; --left) {
            if (kind == 2) {
                text += '"' + std::string(keys[rng.below(std::size(keys))]) + "\":";
            }
            text += self(self, depth - 1) + (left > 1 ? "," : "");
        }
        return text + (kind == 1 ? ']' : '}');
    };
    for (int round = 0; round < 20'000; ++round) {
        const Json any = json(tree(tree, 4));
        const auto info = client_info_from_wire(any);
        if (info) {
            ASSERT_EQ(client_info_from_wire(to_wire(*info)).value(), *info);
        }
    }
}

}  // namespace
}  // namespace galileo::model
