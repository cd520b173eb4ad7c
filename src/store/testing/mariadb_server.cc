#include "store/testing/mariadb_server.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "base/clock.h"
#include "store/mariadb/connection.h"

namespace galileo::store::testing {

namespace {

using namespace std::chrono_literals;

[[noreturn]] void give_up(const std::string& what) {
    fmt::print(stderr, "test kit: mariadbd: {}\n", what);
    std::abort();
}

/// Whether no thread of a process runs any more, after SIGSTOP: each takes notice by itself.
bool stands_still(pid_t pid) {
    for (const auto& thread :
         std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid))) {
        std::ifstream file(thread.path() / "stat");
        const std::string stat((std::istreambuf_iterator<char>(file)), {});
        const auto name_end = stat.rfind(')');
        if (name_end != std::string::npos && stat.substr(name_end + 2, 1) != "T") {
            return false;
        }
    }
    return true;
}

/// What mariadb-install-db does, which is not in the package mariadb-server-core.
constexpr const char* kScripts[] = {"mysql_system_tables.sql", "mysql_performance_tables.sql",
                                    "mysql_system_tables_data.sql"};

std::string initial_statements() {
    std::string sql = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\n";
    for (const char* script : kScripts) {
        std::ifstream file(std::string("/usr/share/mysql/") + script);
        if (!file) {
            give_up("not installed; install with: apt-get install mariadb-server-core");
        }
        sql.append(std::istreambuf_iterator<char>(file), {});
    }
    return sql;
}

std::string server_program() {
    const char* const program = "/usr/sbin/mariadbd";  // not on everybody's PATH
    return std::filesystem::exists(program) ? program : "mariadbd";
}

/// Small, and without what makes a real one safe against loss of power.
std::vector<std::string> server_arguments(const std::string& directory) {
    std::vector<std::string> arguments = {server_program(),
                                          "--no-defaults",
                                          "--datadir=" + directory + "/data",
                                          "--socket=" + directory + "/socket",
                                          "--pid-file=" + directory + "/pid",
                                          "--skip-networking",
                                          "--skip-log-bin",
                                          "--innodb-buffer-pool-size=32M",
                                          "--innodb-log-file-size=8M",
                                          "--innodb-flush-log-at-trx-commit=0",
                                          "--innodb-flush-method=nosync",
                                          "--debug-no-sync",
                                          "--skip-innodb-doublewrite"};
    if (::geteuid() == 0) {
        arguments.emplace_back("--user=root");
    }
    return arguments;
}

}  // namespace

MariadbServer& MariadbServer::shared() {
    static MariadbServer server;
    return server;
}

// mkdtemp puts letters of its own in the place of the X.
MariadbServer::MariadbServer(std::vector<std::string> extra_options)
    : directory_((std::filesystem::temp_directory_path() / "galileo-XXXXXX").string()),
      extra_options_(std::move(extra_options)) {
    if (::mkdtemp(directory_.data()) == nullptr) {
        give_up("cannot make a temporary directory " + directory_);
    }
    initialise();
    start();
}

MariadbServer::~MariadbServer() {
    kill();  // its data goes as well: no need to write anything out
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

void MariadbServer::initialise() {
    std::filesystem::create_directory(directory_ + "/data");
    const std::string script = directory_ + "/initial.sql";
    std::ofstream(script) << initial_statements();
    auto arguments = server_arguments(directory_);
    arguments.emplace_back("--bootstrap");
    base::ProcessOptions bootstrap;
    // A shell, for the redirection.
    bootstrap.arguments = {"sh", "-c", R"(input=$1; shift; exec "$@" <"$input")", "sh", script};
    bootstrap.arguments.insert(bootstrap.arguments.end(), arguments.begin(), arguments.end());
    bootstrap.output_path = directory_ + "/bootstrap.log";
    auto process = base::ChildProcess::start(bootstrap);
    if (!process || process->wait(60s) != 0) {
        give_up("cannot make its system tables; see " + bootstrap.output_path);
    }
}

void MariadbServer::start() {
    base::ProcessOptions program;
    program.arguments = server_arguments(directory_);
    program.arguments.insert(program.arguments.end(), extra_options_.begin(), extra_options_.end());
    program.output_path = directory_ + "/log";
    auto process = base::ChildProcess::start(program);
    if (!process) {
        give_up(process.error().message());
    }
    process_ = std::make_unique<base::ChildProcess>(std::move(process).value());
    auto& clock = base::system_clock();
    const auto deadline = clock.monotonic() + 60s;
    for (;;) {
        const auto connection = mariadb::Connection::open(options("mysql"));
        if (connection) {
            return;
        }
        if (process_->wait(20ms) || clock.monotonic() >= deadline) {
            give_up(connection.error().message() + "; see " + program.output_path);
        }
    }
}

mariadb::MariadbOptions MariadbServer::options(const std::string& database) const {
    mariadb::MariadbOptions options;
    options.socket = directory_ + "/socket";
    options.user = "root";
    options.database = database;
    return options;
}

std::string MariadbServer::fresh_database() {
    const std::string name = fmt::format("galileo{}", ++databases_);
    auto connection = mariadb::Connection::open(options("mysql"));
    if (!connection || !(*connection)->execute("CREATE DATABASE " + name).ok()) {
        give_up("cannot make a database");
    }
    return name;
}

void MariadbServer::kill() {
    process_->signal(SIGKILL);
    (void)process_->wait(10s);
}

void MariadbServer::restart() {
    process_->terminate(30s);
    start();
}

void MariadbServer::freeze() {
    process_->signal(SIGSTOP);
    while (!stands_still(process_->pid())) {
        // tidy: test kit; nothing tells when the last thread has stopped
        std::this_thread::sleep_for(1ms);
    }
}

void MariadbServer::thaw() {
    process_->signal(SIGCONT);
}

}  // namespace galileo::store::testing
