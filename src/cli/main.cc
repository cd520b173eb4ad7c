#include <iostream>
#include <string>
#include <vector>

#include "base/environment.h"
#include "cli/program.h"

int main(int argc, char** argv) {
    const auto environment = galileo::base::Environment::of_process();
    galileo::cli::Context context{environment, std::cout, std::cerr};
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const auto code = galileo::cli::run_program(galileo::cli::all_commands(), arguments, context);
    if (!std::cout.flush()) {
        std::cerr << "galileo: the output could not be written\n";
        return static_cast<int>(
            code == galileo::cli::ExitCode::kSuccess ? galileo::cli::ExitCode::kFailure : code);
    }
    return static_cast<int>(code);
}
