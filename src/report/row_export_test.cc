#include "report/row_export.h"

#include <gmock/gmock.h>

#include <limits>
#include <memory>

#include "store/sqlite/sqlite_store.h"

namespace galileo::report {
namespace {

using store::Visit;
using ::testing::HasSubstr;

model::Trace sample_trace() {
    return {.request_id = "r1",
            .client = "c,1",
            .service = "say \"hi\"",
            .created = 1700000000.1,
            .sent = -1,
            .done = 1700000000.0,
            .status = -1,
            .server = std::nullopt,
            .exp_id = "e",
            .headers = "",
            .response = "a\r\nb"};
}

std::string csv(const Fields& fields) {
    std::string text;
    append_csv(text, fields);
    return text;
}

std::string json(RowTable table, const Fields& fields) {
    std::string text;
    append_json_line(text, columns_of(table), fields);
    return text;
}

TEST(RowText, QuotesInCsvWhatWouldBeMisread) {
    EXPECT_EQ(
        csv(fields_of(sample_trace())),
        "r1,\"c,1\",\"say \"\"hi\"\"\",1700000000.1,-1.0,1700000000.0,-1,\"a\r\nb\",\"\",,e\n");
}

TEST(RowText, TellsInJsonAbsentFromEmpty) {
    EXPECT_EQ(json(RowTable::kTraces, fields_of(sample_trace())),
              R"({"REQUEST_ID": "r1", "CLIENT": "c,1", "SERVICE": "say \"hi\"", )"
              R"("CREATED": 1700000000.1, "SENT": -1.0, "DONE": 1700000000.0, "STATUS": -1, )"
              R"("RESPONSE": "a\r\nb", "HEADERS": "", "SERVER": null, "EXP_ID": "e"})"
              "\n");
}

TEST(RowText, HasNoNumbersInJsonThatJsonDoesNotKnow) {
    const double infinite = std::numeric_limits<double>::infinity();
    EXPECT_EQ(json(RowTable::kTelemetry, fields_of("e", {1.5, "n", "cpu", std::nullopt, infinite})),
              R"({"EXP_ID": "e", "TIMESTAMP": 1.5, "METRIC": "cpu", "SUBSYSTEM": null, )"
              R"("NODE": "n", "VALUE": null})"
              "\n");
}

TEST(RowText, HasAsManyFieldsAsColumns) {
    EXPECT_EQ(fields_of(sample_trace()).size(), columns_of(RowTable::kTraces).size());
    EXPECT_EQ(fields_of("e", model::TelemetryPoint()).size(),
              columns_of(RowTable::kTelemetry).size());
    EXPECT_EQ(fields_of("e", model::Event()).size(), columns_of(RowTable::kEvents).size());
    EXPECT_EQ(fields_of("e", store::NodeInfo()).size(), columns_of(RowTable::kNodeInfo).size());
}

TEST(RowCondition, ComparesTheTextThatIsExported) {
    const model::Trace trace = sample_trace();  // the fields view its texts
    const Fields fields = fields_of(trace);
    const std::pair<const char*, bool> table[] = {
        {"STATUS=-1", true},           {"status=-1", true}, {"STATUS=-1.0", false},
        {"SENT=-1.0", true},           {"SERVER=", true},   {"HEADERS=", true},
        {"CLIENT=c,1", true},          {"CLIENT=c", false}, {"EXP_ID=e=", false},
        {"CREATED=1700000000.1", true}};
    for (const auto& [text, expected] : table) {
        const auto condition = parse_condition(RowTable::kTraces, text);
        ASSERT_TRUE(condition.ok()) << text;
        EXPECT_EQ(matches(fields, {*condition}), expected) << text;
    }
    const RowCondition holds{0, "r1"};
    const RowCondition fails{0, "r2"};
    EXPECT_TRUE(matches(fields, {}));
    EXPECT_TRUE(matches(fields, {holds, holds}));
    EXPECT_FALSE(matches(fields, {holds, fails}));
}

TEST(RowCondition, NamesTheColumnsWhenItIsWrong) {
    for (const char* text : {"NODE=x", "=x", "", "STATUS"}) {
        const auto refused = parse_condition(RowTable::kEvents, text);
        ASSERT_FALSE(refused.ok()) << text;
        EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidInput);
        EXPECT_THAT(refused.error().message(), HasSubstr("EXP_ID, TIMESTAMP, NAME, VALUE"));
    }
}

class RowExportTest : public ::testing::Test {
  protected:
    void SetUp() override {
        store::sqlite::SqliteOptions options;
        options.path = ":memory:";
        store_ = store::sqlite::SqliteStore::open(options).value();
        model::Experiment experiment;
        experiment.id = "e";
        experiment.status = "FINISHED";
        ASSERT_TRUE(store_->save(experiment).ok());
    }

    void add_traces(int count) {
        std::vector<model::Trace> traces(static_cast<std::size_t>(count), sample_trace());
        for (std::size_t at = 0; at < traces.size(); ++at) {
            traces[at].request_id = std::to_string(at);
            traces[at].status = at % 2 == 0 ? 200 : 503;
        }
        ASSERT_TRUE(store_->add_traces(traces, "e").ok());
    }

    std::unique_ptr<store::ExperimentStore> store_;
};

TEST_F(RowExportTest, NamesTheColumnsOfNoRows) {
    std::string text;
    const auto take = [&text](std::string_view piece) -> Result<Visit> {
        text += piece;
        return Visit::kContinue;
    };
    RowExport what;
    what.table = RowTable::kEvents;
    EXPECT_EQ(export_rows(*store_, "e", what, take).value(), 0U);
    EXPECT_EQ(text, "EXP_ID,TIMESTAMP,NAME,VALUE\n");
    text.clear();
    what.format = RowFormat::kJsonLines;
    EXPECT_EQ(export_rows(*store_, "e", what, take).value(), 0U);
    EXPECT_EQ(text, "");
}

TEST_F(RowExportTest, CountsRowsTowardsTheLimitThatAreWanted) {
    add_traces(10);
    std::string text;
    const auto take = [&text](std::string_view piece) -> Result<Visit> {
        text += piece;
        return Visit::kContinue;
    };
    RowExport what;
    what.conditions = {parse_condition(RowTable::kTraces, "STATUS=503").value()};
    what.rows_max = 2;
    EXPECT_EQ(export_rows(*store_, "e", what, take).value(), 2U);
    EXPECT_THAT(text, HasSubstr("\n1,"));
    EXPECT_THAT(text, HasSubstr("\n3,"));
    what.rows_max = 0;
    EXPECT_EQ(export_rows(*store_, "e", what, take).value(), 0U);
}

TEST_F(RowExportTest, StopsWhenNobodyWantsMoreOrTakingFails) {
    add_traces(5000);
    int pieces = 0;
    const auto stop = [&pieces](std::string_view) -> Result<Visit> {
        ++pieces;
        return Visit::kStop;
    };
    EXPECT_LT(export_rows(*store_, "e", {}, stop).value(), 5000U);
    EXPECT_EQ(pieces, 1);
    const auto fail = [](std::string_view) -> Result<Visit> {
        return Error(ErrorCode::kExhausted, "full");
    };
    EXPECT_EQ(export_rows(*store_, "e", {}, fail).error().message(), "full");
}

}  // namespace
}  // namespace galileo::report
