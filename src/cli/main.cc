#include <iostream>
#include <string>
#include <vector>

#include "base/environment.h"
#include "cli/program.h"

int main(int argc, char** argv) {
    const auto environment = galileo::base::Environment::of_process();
    galileo::cli::Context context{environment, std::cout, std::cerr};
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return static_cast<int>(
        galileo::cli::run_program(galileo::cli::all_commands(), arguments, context));
}
