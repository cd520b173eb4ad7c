// Goal: the lines of the original's instruction language mean what contract 4.2 says.
#include "experiment/instruction.h"

#include <gmock/gmock.h>

namespace galileo::experiment {
namespace {

using testing::HasSubstr;

template <typename T>
T read(std::string_view line) {
    return std::get<T>(parse_instruction(line).value());
}

TEST(Instruction, SpawnHasDefaults) {
    const auto plain = read<SpawnInstruction>("spawn exphost squeezenet 1");
    EXPECT_EQ(plain.workers, "exphost");
    EXPECT_EQ(plain.service, "squeezenet");
    EXPECT_EQ(plain.count, 1U);
    EXPECT_EQ(plain.client, "");
    const auto full = read<SpawnInstruction>(R"(spawn 'w.*' echo 3 images '{"size": "small"}')");
    EXPECT_EQ(full.workers, "w.*");
    EXPECT_EQ(full.count, 3U);
    EXPECT_EQ(full.client, "images");
    EXPECT_EQ(full.parameters["size"], "small");
    EXPECT_EQ(read<SpawnInstruction>("spawn w echo").count, 1U);
}

TEST(Instruction, ReadsEveryCommand) {
    EXPECT_EQ(read<RateInstruction>("rps w echo 2.5").rate, 2.5);
    EXPECT_EQ(read<RateInstruction>("rps w echo -1 app").client, "app");
    EXPECT_EQ(read<CloseInstruction>("close w echo").service, "echo");
    EXPECT_EQ(read<SleepInstruction>("sleep 0.5").seconds, 0.5);
    EXPECT_EQ(read<EchoInstruction>("echo a  'b c'").text, "a b c");
    EXPECT_EQ(read<SourceInstruction>("source more.txt").file, "more.txt");
    EXPECT_TRUE(read<LoggingInstruction>("logging on").on);
    EXPECT_EQ(read<ListInstruction>("workers").pattern, ".*");
    EXPECT_EQ(read<ListInstruction>("client_groups w1").what, ListInstruction::What::kClientGroups);
    EXPECT_EQ(read<PlainInstruction>("date"), PlainInstruction::kDate);
    EXPECT_EQ(read<PlainInstruction>("exit"), PlainInstruction::kExit);
    EXPECT_EQ(read<PlainInstruction>("info"), PlainInstruction::kInfo);
    EXPECT_EQ(read<PlainInstruction>("discover"), PlainInstruction::kDiscover);
    EXPECT_EQ(read<PlainInstruction>("ping"), PlainInstruction::kPing);
}

TEST(Instruction, SaysWhatIsWrong) {
    const std::pair<const char*, const char*> rows[] = {
        {"spwan w echo", "unknown command 'spwan'; there are spawn, rps, close"},
        {"spawn w", "argument error: usage: spawn <workers> <service>"},
        {"spawn w echo x", "num: 'x' is not a whole number"},
        {"spawn w echo -1", "num: '-1' is not a whole number"},
        {"spawn w echo 1 app {", "client_parameters"},
        {"spawn w echo 1 app 5", "client_parameters: wanted a JSON object"},
        {"rps w echo", "usage: rps"},
        {"rps w echo fast", "'fast' is not a number"},
        {"sleep", "usage: sleep <seconds>"},
        {"sleep -1", "wanted 0 to 1"},
        {"sleep nan", "not a number"},
        {"logging maybe", "neither on nor off"},
        {"exit now", "usage: exit"},
        {"echo 'a", "no closing '"},
    };
    for (const auto& [line, message] : rows) {
        const auto parsed = parse_instruction(line);
        ASSERT_FALSE(parsed.ok()) << line;
        EXPECT_EQ(parsed.error().code(), ErrorCode::kInvalidInput) << line;
        EXPECT_THAT(parsed.error().message(), HasSubstr(message)) << line;
    }
}

TEST(Instruction, BlankLinesAndCommentsMeanNothing) {
    for (const char* line : {"", "  ", "\t\r", "# spawn w echo", "   # x"}) {
        EXPECT_TRUE(is_no_instruction(line)) << line;
    }
    EXPECT_FALSE(is_no_instruction("exit # now"));
}

}  // namespace
}  // namespace galileo::experiment
