#include "cli/command_target.h"

#include <fmt/format.h>

#include <limits>

#include "base/clock.h"
#include "base/signals.h"
#include "base/units.h"
#include "cli/common_flags.h"
#include "cli/flags.h"
#include "target/server.h"

namespace galileo::cli {

namespace {

void declare_listening(CLI::App& app, target::Options& options) {
    add_value(app, "--bind", options.address, any_text,
              {"ADDRESS", "address to listen on; 0.0.0.0 or :: for all", options.address})
        .group("Listening");
    add_number(app, "-p,--port", options.port, {0, 65535},
               {"PORT", "port; 0 takes a free one, which is printed"})
        .group("Listening");
    add_number(app, "--threads", options.threads, {1, 64},
               {"N", "event loops, each on a thread of its own"})
        .group("Listening");
    add_number(
        app, "--max-connections", options.max_connections, {0, 1'000'000},
        {"N", "at most N connections are accepted, more wait in the kernel's queue; 0: no limit"})
        .group("Listening");
    add_value(app, "--idle-timeout", options.idle_timeout, base::parse_duration,
              {"DURATION", "close connections that are idle for so long; 0: never", "0"})
        .group("Listening");
    add_value(app, "--cert", options.certificate_file, any_text,
              {"FILE", "serve TLS with this certificate chain (PEM); needs --key"})
        .group("Listening");
    add_value(app, "--key", options.key_file, any_text, {"FILE", "private key of --cert (PEM)"})
        .group("Listening");
}

void declare_answers(CLI::App& app, target::Options& options) {
    add_value(app, "-l,--latency", options.delay, target::Delay::parse,
              {"DELAY",
               "time from request to answer: 20ms, 10ms..50ms (uniform), exponential:20ms (mean), "
               "normal:20ms,5ms or lognormal:20ms,5ms (mean, standard deviation)",
               "0"})
        .group("Answers");
    add_value(app, "--status", options.statuses, target::StatusMix::parse,
              {"MIX", "status, or statuses with their shares: 200=95,503=5", "200"})
        .group("Answers");
    add_value(app, "-s,--size", options.body_bytes, base::parse_byte_size,
              {"BYTES", "length of the body before coding: 512, 4KiB, 1MB",
               std::to_string(options.body_bytes)})
        .group("Answers");
    add_switch(app, "--echo", options.body, target::BodySource::kEcho,
               "answer with the body of the request, where it has one")
        .group("Answers");
    add_value(app, "--max-request", options.max_request_bytes, base::parse_byte_size,
              {"BYTES", "a longer request body is answered with 413", "16MiB"})
        .group("Answers");
    add_switch(app, "--chunked", options.framing, target::Framing::kChunked,
               "send bodies in chunks instead of with Content-Length")
        .group("Answers");
    add_switch(app, "--gzip", options.coding, target::Coding::kGzip,
               "compress bodies for clients that accept gzip")
        .group("Answers");
    add_switch(app, "--no-keepalive", options.persistence, target::Persistence::kClose,
               "close the connection after each answer")
        .group("Answers");
}

void declare_faults(CLI::App& app, target::Options& options) {
    add_values(
        app, "--freeze", options.freezes, target::Freeze::parse,
        {"DURATION@START", "answer nothing for a while, START after the first request: 1.4s@10s"})
        .group("Faults");
    add_value(app, "--close", options.faults.close, target::parse_fraction,
              {"FRACTION", "share of answers that end in the middle: 1% or 0.01", "0"})
        .group("Faults");
    add_value(app, "--junk", options.faults.junk, target::parse_fraction,
              {"FRACTION", "share of answers that are not HTTP", "0"})
        .group("Faults");
    add_value(app, "--reset", options.faults.reset, target::parse_fraction,
              {"FRACTION", "share of requests whose connection is reset instead of answered", "0"})
        .group("Faults");
    add_number(app, "--seed", options.seed, {0, std::numeric_limits<std::int64_t>::max()},
               {"N", "the n-th request is treated the same for the same seed"})
        .group("Faults");
}

}  // namespace

Manual TargetCommand::manual() const {
    return {
        .name = "target",
        .group = "Try and check",
        .summary = "serve HTTP as told: latency, statuses, sizes, faults",
        .usage = "[OPTIONS]",
        .description =
            {"A sample service to load, for trying things out and for tests. It answers every path "
             "and method alike, as the options say, and "
             "prints its address when it is ready. Ctrl-C stops it and prints what it has served.",
             "GET /_stats answers with the counts so far as one JSON object: connections (open, "
             "accepted, max), requests, statuses, faults. "
             "Such requests are not counted and never delayed."},
        .examples =
            {{"galileo target --port 8080 --latency lognormal:20ms,5ms --status 200=99,503=1",
              "a service that takes about 20 ms and fails one request in a hundred"},
             {"galileo target --max-connections 100 --freeze 1.4s@10s",
              "100 connections at the most, and a pause of 1.4 s after ten seconds"},
             {"galileo target --size 100KiB --gzip --chunked --cert cert.pem --key key.pem",
              "large compressed answers over TLS"}},
        .environment = {},
        .exit_codes = {{"0", "stopped by SIGINT or SIGTERM"},
                       {"1", "cannot listen, or a file cannot be used"}},
        .see_also = {"run", "doctor"},
    };
}

void TargetCommand::declare(CLI::App& app) {
    declare_listening(app, options_);
    declare_answers(app, options_);
    declare_faults(app, options_);
    add_value(
        app, "--log", options_.log_path, any_text,
        {"FILE",
         "append a line for each request: arrival (seconds since 1970), connection, method, path, "
         "status or fault, bytes of its body"})
        .group("Output");
}

Result<ExitCode> TargetCommand::run(Context& context) {
    auto signals = TRY(base::SignalInbox::open());
    raise_open_file_limit();
    auto server = TRY(target::Server::start(options_, base::system_clock()));
    context.out << "listening on " << server->url() << std::endl;
    signals.wait(std::chrono::milliseconds(-1));
    server->stop();
    context.out << target::to_json(server->statistics()) << std::endl;
    return ExitCode::kSuccess;
}

}  // namespace galileo::cli
