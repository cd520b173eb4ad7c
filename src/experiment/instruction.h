#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "model/json.h"

/// The instruction language of the original's first experiment daemon (contract 4.2), one line as a
/// value.
namespace galileo::experiment {

/// `spawn <worker pattern> <service> [num] [client] [client_parameters]`
struct SpawnInstruction {
    std::string workers;  ///< regular expression for the whole name
    std::string service;
    std::uint64_t count = 1;
    std::string client;      ///< name of an app; empty: plain HTTP requests
    model::Json parameters;  ///< object, or null
};
/// `rps <worker pattern> <service> <rps> [client]`
struct RateInstruction {
    std::string workers;
    std::string service;
    double rate = 0;  ///< of the group on each matching worker; 0 or less pauses it
    std::string client;
};
/// `close <worker pattern> <service> [client]`
struct CloseInstruction {
    std::string workers;
    std::string service;
    std::string client;
};
/// `sleep <seconds>`
struct SleepInstruction {
    double seconds = 0;
};
/// `echo [word...]`
struct EchoInstruction {
    std::string text;
};
/// `source <file>`
struct SourceInstruction {
    std::string file;
};
/// `logging on|off`: of requests.
struct LoggingInstruction {
    bool on = false;
};
/// `workers [pattern]`, `client_groups [worker]`
struct ListInstruction {
    enum class What { kWorkers, kClientGroups } what = What::kWorkers;
    std::string pattern = ".*";
};
/// `date`, `exit`, `info`, `discover`, `ping`
enum class PlainInstruction { kDate, kExit, kInfo, kDiscover, kPing };

using Instruction = std::variant<SpawnInstruction,
                                 RateInstruction,
                                 CloseInstruction,
                                 SleepInstruction,
                                 EchoInstruction,
                                 SourceInstruction,
                                 LoggingInstruction,
                                 ListInstruction,
                                 PlainInstruction>;

/// True for blank lines and comments (`#`), which mean nothing.
bool is_no_instruction(std::string_view line);

/// Reads one line. kInvalidInput, with the usage: an unknown command, a wrong number of words, a
/// number that is none.
Result<Instruction> parse_instruction(std::string_view line);

}  // namespace galileo::experiment
