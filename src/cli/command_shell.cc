#include "cli/command_shell.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/process.h"
#include "cli/common_flags.h"
#include "cli/flags.h"

namespace galileo::cli {

namespace {

/// The folder with package galileo and module _galileo.
Result<std::string> package_directory() {
    const auto program = std::filesystem::path(base::own_program_path()).parent_path();
    const std::array<std::filesystem::path, 3> places{
        program.parent_path() / "share/galileo/python",  // installed
        program.parent_path().parent_path() / "python",  // the build tree
        program.parent_path().parent_path()};            // site-packages/galileo/bin
    for (const auto& place : places) {
        std::error_code error;
        if (std::filesystem::exists(place / "galileo/shell/repl.py", error)) {
            return place.string();
        }
    }
    return Error(ErrorCode::kNotFound, "the Python package is neither in " + places[0].string() +
                                           " nor in " + places[1].string() +
                                           "; this galileo was built without it");
}

std::string interpreter(const std::string& flag, const base::Environment& environment) {
    if (!flag.empty()) {
        return flag;
    }
    if (const auto named = environment.find("galileo_python"); named && !named->empty()) {
        return std::string(*named);
    }
    const auto virtual_environment = environment.get("VIRTUAL_ENV", "");
    if (!virtual_environment.empty()) {
        return virtual_environment + "/bin/python3";
    }
    return ::access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";
}

}  // namespace

Manual ShellCommand::manual() const {
    auto environment = redis_environment();
    environment.push_back({"galileo_python", "the interpreter, where --python is not given"});
    return {
        .name = "shell",
        .group = "Run load",
        .summary = "spawn and steer clients from an interactive Python shell",
        .usage = "[--source FILE]",
        .description =
            {"Python with the objects g, show, exp, rtbl and telemd: spawn clients, change their "
             "load, look at what they measure, set the routing table, record experiments. "
             "`usage` in it lists them, help(g) explains.",
             "On a terminal it prompts, with completion and history. From a pipe it reads "
             "statements quietly. With --source it runs a file and ends."},
        .examples = {{"galileo shell", "interactive, with the Redis of the environment"},
                     {"galileo shell --source experiment.py", "run a script"},
                     {"echo 'g.workers()' | galileo shell --redis 10.0.0.5", "one question"}},
        .environment = std::move(environment),
        .exit_codes = {{"0", "the session ended, or the file ran to its end"},
                       {"1", "the file raised an exception, or Redis cannot be reached"},
                       {"2", "the file cannot be read"}},
        .see_also = {"worker", "rtbl", "ps"},
    };
}

void ShellCommand::declare(CLI::App& app) {
    add_value(app, "--source", source_, any_text,
              {"FILE", "run this file in the shell's scope, then exit"});
    add_value(app, "--python", python_, any_text,
              {"PROGRAM", "the Python interpreter, 3.9 or later",
               "galileo_python, else that of the virtual environment, else /usr/bin/python3"});
    declare_redis(app, redis_);
}

Result<ExitCode> ShellCommand::run(Context& context) {
    const auto directory = TRY(package_directory());
    const auto python = interpreter(python_, context.environment);
    const auto path = context.environment.get("PYTHONPATH", "");
    ::setenv("PYTHONPATH", (path.empty() ? directory : directory + ":" + path).c_str(), 1);
    if (!redis_.empty()) {
        ::setenv("galileo_redis_url", redis_.c_str(), 1);
    }
    std::vector<std::string> words{python, "-m", "galileo.cli.shell"};
    if (!source_.empty()) {
        words.insert(words.end(), {"--source", source_});
    }
    std::vector<char*> arguments;
    for (auto& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    context.out.flush();
    ::execvp(python.c_str(), arguments.data());
    return base::errno_error(errno, python).within("cannot start the Python interpreter");
}

}  // namespace galileo::cli
