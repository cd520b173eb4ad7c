#include "cli/command_app.h"

#include "cli/common_flags.h"
#include "cli/flags.h"

namespace galileo::cli {

Manual AppCommand::manual() const {
    return {
        .name = "app",
        .group = "Steer",
        .summary = "list, deploy and remove client apps in a repository",
        .usage = "ACTION",
        .description =
            {"Speaks to a REST API, ours (galileo api) or the original's, which keeps the apps "
             "that workers download. Prints what the API answers, as Python shows it.",
             "Which API: --api, else galileo_api_url, else the file ~/.galileo-cli with "
             "{\"api\": \"http://host:5001/api\"}, else http://localhost:5001/api.",
             "Workers keep an app that they have downloaded: remove its directory there to have a "
             "new version of it."},
        .examples = {{"galileo app deploy --path apps/greeter", "pack a directory and deploy it"},
                     {"galileo app deploy --path greeter.zip", "deploy an archive"},
                     {"galileo app ls", "what there is"},
                     {"galileo app rm greeter", "forget it"}},
        .environment = {{"galileo_api_url", "the API, with /api at its end"},
                        {"galileo_api_token_file", "file with the token that it wants, if any"},
                        {"HOME", "where .galileo-cli is looked for"}},
        .exit_codes = {{"1",
                        "the API cannot be reached or refuses, there is no such app, or what is "
                        "to be deployed is none"}},
        .see_also = {"api", "worker"},
    };
}

void AppCommand::declare(CLI::App& app) {
    using Action = AppFlags::Action;
    const auto chosen = [this](Action action) {
        return [this, action] { flags_.action = action; };
    };
    require_action(app);
    add_action(app, "ls", "list the apps", "", chosen(Action::kList));
    auto& deploy = add_action(app, "deploy", "deploy an app, or a new version of it", "--path PATH",
                              chosen(Action::kDeploy));
    add_value(deploy, "--path", flags_.path, any_text,
              {"PATH", "its directory, with manifest.yml; or a file that ends in .zip"})
        .required();
    auto& remove = add_action(app, "rm", "remove an app", "NAME", chosen(Action::kRemove));
    add_value(remove, "NAME", flags_.name, any_text, {"", "the app, as its manifest names it"})
        .required();
    add_value(app, "--api", flags_.api, any_text,
              {"URL", "the API, with /api at its end", "see above"});
    declare_log_level(app);
}

Result<ExitCode> AppCommand::run(Context& context) {
    return function_(flags_, context);
}

}  // namespace galileo::cli
