#include "cli/command.h"
#include "cli/command_api.h"
#include "cli/command_app.h"
#include "cli/command_dev.h"
#include "cli/command_doctor.h"
#include "cli/command_exp.h"
#include "cli/command_experimentd.h"
#include "cli/command_help.h"
#include "cli/command_ps.h"
#include "cli/command_recorder.h"
#include "cli/command_rtbl.h"
#include "cli/command_run.h"
#include "cli/command_shell.h"
#include "cli/command_target.h"
#include "cli/command_telemd.h"
#include "cli/command_worker.h"
#include "cli/execute.h"

namespace galileo::cli {

std::vector<std::unique_ptr<Command>> all_commands() {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<RunCommand>(execute_run));
    commands.push_back(std::make_unique<WorkerCommand>(execute_worker));
    commands.push_back(std::make_unique<DevCommand>(execute_dev));
    commands.push_back(std::make_unique<ShellCommand>());
    commands.push_back(std::make_unique<ExperimentdCommand>(execute_experimentd));
    commands.push_back(std::make_unique<RecorderCommand>(execute_recorder));
    commands.push_back(std::make_unique<ApiCommand>(execute_api));
    commands.push_back(std::make_unique<TelemdCommand>(execute_telemd));
    commands.push_back(std::make_unique<PsCommand>());
    commands.push_back(std::make_unique<RtblCommand>());
    commands.push_back(std::make_unique<AppCommand>(execute_app));
    commands.push_back(std::make_unique<ExpCommand>(execute_exp));
    commands.push_back(std::make_unique<TargetCommand>());
    commands.push_back(std::make_unique<DoctorCommand>());
    commands.push_back(std::make_unique<HelpCommand>());
    return commands;
}

}  // namespace galileo::cli
