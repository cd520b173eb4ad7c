#include "experiment/instruction.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "experiment/shell_words.h"
#include "model/text.h"

namespace galileo::experiment {

namespace {

constexpr double kLongestSleep = 1e7;  ///< seconds, about 116 days

using Words = std::span<const std::string>;

/// The word at `index`, or `fallback` where there are fewer.
std::string word_or(Words words, std::size_t index, std::string fallback) {
    return index < words.size() ? words[index] : std::move(fallback);
}

Result<double> number(std::string_view what, const std::string& word) {
    const auto value = model::parse_finite(word);
    if (!value) {
        return Error(ErrorCode::kInvalidInput, fmt::format("{}: '{}' is not a number", what, word));
    }
    return *value;
}

Result<Instruction> spawn(Words words) {
    SpawnInstruction spawn{words[0], words[1], 1, word_or(words, 3, ""), {}};
    if (words.size() > 2) {
        const auto count = model::parse_integer(words[2]);
        if (!count || *count < 0) {
            return Error(ErrorCode::kInvalidInput,
                         fmt::format("num: '{}' is not a whole number from 0", words[2]));
        }
        spawn.count = static_cast<std::uint64_t>(*count);
    }
    if (words.size() > 4) {
        spawn.parameters = TRY_WITHIN("client_parameters", model::parse_json(words[4]));
    }
    if (!spawn.parameters.is_null() && !spawn.parameters.is_object()) {
        return Error(ErrorCode::kInvalidInput, "client_parameters: wanted a JSON object");
    }
    return Instruction(std::move(spawn));
}

Result<Instruction> rate(Words words) {
    return Instruction(
        RateInstruction{words[0], words[1], TRY(number("rps", words[2])), word_or(words, 3, "")});
}

Result<Instruction> close(Words words) {
    return Instruction(CloseInstruction{words[0], words[1], word_or(words, 2, "")});
}

Result<Instruction> sleep(Words words) {
    const double seconds = TRY(number("seconds", words[0]));
    if (seconds < 0 || seconds > kLongestSleep) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("seconds: wanted 0 to {}", kLongestSleep));
    }
    return Instruction(SleepInstruction{seconds});
}

Result<Instruction> echo(Words words) {
    return Instruction(EchoInstruction{fmt::format("{}", fmt::join(words, " "))});
}

Result<Instruction> source(Words words) {
    return Instruction(SourceInstruction{words[0]});
}

Result<Instruction> logging(Words words) {
    if (words[0] != "on" && words[0] != "off") {
        return Error(ErrorCode::kInvalidInput, fmt::format("'{}' is neither on nor off", words[0]));
    }
    return Instruction(LoggingInstruction{words[0] == "on"});
}

template <ListInstruction::What what>
Result<Instruction> list(Words words) {
    return Instruction(ListInstruction{what, word_or(words, 0, ".*")});
}

template <PlainInstruction plain>
Result<Instruction> plainly(Words) {
    return Instruction(plain);
}

struct Command {
    std::string_view name;
    std::size_t fewest;
    std::size_t most;
    Result<Instruction> (*read)(Words);
    std::string_view usage;
};

constexpr std::size_t kAny = 10'000;
constexpr std::array kCommands = {
    Command{"spawn", 2, 5, spawn, "<workers> <service> [num] [client] [client_parameters]"},
    Command{"rps", 3, 4, rate, "<workers> <service> <rps> [client]"},
    Command{"close", 2, 3, close, "<workers> <service> [client]"},
    Command{"sleep", 1, 1, sleep, "<seconds>"},
    Command{"echo", 0, kAny, echo, "[word...]"},
    Command{"date", 0, 0, plainly<PlainInstruction::kDate>, ""},
    Command{"source", 1, 1, source, "<file>"},
    Command{"exit", 0, 0, plainly<PlainInstruction::kExit>, ""},
    Command{"workers", 0, 1, list<ListInstruction::What::kWorkers>, "[pattern]"},
    Command{"client_groups", 0, 1, list<ListInstruction::What::kClientGroups>, "[worker]"},
    Command{"info", 0, 0, plainly<PlainInstruction::kInfo>, ""},
    Command{"discover", 0, 0, plainly<PlainInstruction::kDiscover>, ""},
    Command{"ping", 0, 0, plainly<PlainInstruction::kPing>, ""},
    Command{"logging", 1, 1, logging, "on|off"},
};

Error unknown(const std::string& name) {
    std::vector<std::string_view> names;
    for (const auto& command : kCommands) {
        names.push_back(command.name);
    }
    return {ErrorCode::kInvalidInput,
            fmt::format("unknown command '{}'; there are {}", name, fmt::join(names, ", "))};
}

}  // namespace

bool is_no_instruction(std::string_view line) {
    const auto first = line.find_first_not_of(" \t\r");
    return first == std::string_view::npos || line[first] == '#';
}

Result<Instruction> parse_instruction(std::string_view line) {
    const auto words = TRY(shell_words(line));
    if (words.empty()) {
        return Error(ErrorCode::kInvalidInput, "no command");
    }
    const auto* const command =
        std::find_if(kCommands.begin(), kCommands.end(),
                     [&](const Command& known) { return known.name == words[0]; });
    if (command == kCommands.end()) {
        return unknown(words[0]);
    }
    const auto arguments = Words(words).subspan(1);
    if (arguments.size() < command->fewest || arguments.size() > command->most) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("argument error: usage: {} {}", command->name, command->usage));
    }
    return command->read(arguments).within(fmt::format("argument error: {}", command->name));
}

}  // namespace galileo::experiment
