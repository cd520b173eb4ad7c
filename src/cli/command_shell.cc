#include "cli/command_shell.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "cli/common_flags.h"
#include "cli/flags.h"
#include "worker/python_package.h"

namespace galileo::cli {

namespace {

std::string interpreter(const std::string& flag, const base::Environment& environment) {
    if (!flag.empty()) {
        return flag;
    }
    const auto named = environment.get("galileo_python", "");
    const auto virtual_environment = environment.get("VIRTUAL_ENV", "");
    if (named.empty() && !virtual_environment.empty()) {
        return virtual_environment + "/bin/python3";
    }
    return worker::python_interpreter(named);
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
    const auto directory = worker::python_package_directory(worker::PackageParts::kCompiledToo);
    if (directory.empty()) {
        return Error(ErrorCode::kNotFound,
                     "this galileo was built without its Python module; build the target _galileo");
    }
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
