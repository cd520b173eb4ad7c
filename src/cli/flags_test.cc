#include "cli/flags.h"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>

namespace galileo::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Nearest, FindsTypingErrorsAndBeginnings) {
    const std::vector<std::string> known = {"run", "worker", "target", "doctor"};
    EXPECT_EQ(nearest("wroker", known), "worker");
    EXPECT_EQ(nearest("docter", known), "doctor");
    EXPECT_EQ(nearest("targ", known), "target");
    EXPECT_EQ(nearest("rnu", known), "run");
    EXPECT_EQ(nearest("elephant", known), "");
    EXPECT_EQ(nearest("", known), "");
}

TEST(WholeNumber, HoldsItsBounds) {
    const WholeNumber range{1, 10};
    EXPECT_EQ(range("10").value(), 10);
    for (const auto* text : {"", "0", "11", "1.5", "1x", "-1", " 1", "99999999999999999999"}) {
        EXPECT_FALSE(range(text).ok()) << text;
    }
}

struct Parsed {
    int number = 3;
    std::vector<std::string> names;
    enum class Colour { kRed, kBlue } colour = Colour::kRed;
    bool on = false;
};

void parse(Parsed& parsed, std::vector<std::string> arguments) {
    CLI::App app;
    add_number(app, "-n,--number", parsed.number, {0, 9}, {"N", "number"});
    add_values(app, "--name", parsed.names, any_text, {"NAME", "name"});
    add_choice(app, "--colour", parsed.colour,
               {{"red", Parsed::Colour::kRed}, {"blue", Parsed::Colour::kBlue}}, {"", "colour"});
    add_switch(app, "--on", parsed.on, true, "on");
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
}

std::string refusal(std::vector<std::string> arguments) {
    Parsed parsed;
    try {
        parse(parsed, std::move(arguments));
    } catch (const CLI::ParseError& error) {
        return error.what();
    }
    return "";
}

TEST(Flags, StoreWhatIsGiven) {
    Parsed parsed;
    parse(parsed, {"-n", "7", "--name", "a", "--name=b", "--colour", "blue", "--on"});
    EXPECT_EQ(parsed.number, 7);
    EXPECT_THAT(parsed.names, ElementsAre("a", "b"));
    EXPECT_EQ(parsed.colour, Parsed::Colour::kBlue);
    EXPECT_TRUE(parsed.on);
}

TEST(Flags, LeaveTheRestAlone) {
    Parsed parsed;
    parse(parsed, {});
    EXPECT_EQ(parsed.number, 3);
    EXPECT_TRUE(parsed.names.empty());
    EXPECT_FALSE(parsed.on);
}

TEST(Flags, SayWhatIsAllowed) {
    EXPECT_EQ(refusal({"-n", "10"}), "--number: '10' is not a whole number from 0 to 9");
    EXPECT_EQ(refusal({"--colour", "bleu"}),
              "--colour: 'bleu' is not one of red, blue; did you mean 'blue'?");
}

TEST(Flags, TakeOneValueForEachMention) {
    EXPECT_THAT(refusal({"--name", "a", "b"}), HasSubstr("b"));
}

}  // namespace
}  // namespace galileo::cli
