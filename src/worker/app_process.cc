#include "worker/app_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/log.h"

namespace galileo::worker {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kFirstBackOff{100};
constexpr milliseconds kLongestBackOff{10'000};
constexpr seconds kGoodLife{10};  // a process that lived so long starts again at once
constexpr seconds kErrorsLogged{1};

std::string ending(int exit_code) {
    return exit_code > 128 ? fmt::format("signal {}", exit_code - 128)
                           : fmt::format("exit code {}", exit_code);
}

}  // namespace

AppProcess::AppProcess(PythonOptions python, base::Clock& clock)
    : python_(std::move(python)), clock_(clock), thread_([this] { run(); }) {}

AppProcess::~AppProcess() {
    stopping_.store(true);
    bell_.ring();
    thread_.join();
}

AppProcess::Opening AppProcess::open(const std::string& name,
                                     const apps::App& app,
                                     const model::Json& parameters) {
    Client client;
    client.name = name;
    client.app = app.name;
    client.open_line = model::to_python_json({{"name", app.name},
                                              {"path", app.path.string()},
                                              {"manifest", app.manifest.content},
                                              {"parameters", parameters}});
    client.lane = std::make_shared<AppLane>(bell_);
    client.opening.emplace();
    auto opening = client.opening->get_future();
    ++clients_count_;
    {
        const std::lock_guard lock(mutex_);
        arrivals_.push_back(std::move(client));
    }
    bell_.ring();
    return opening;
}

void AppProcess::run() {
    while (!stopping_.load()) {
        adopt_new_clients();
        if (!child_ && !clients_.empty() && clock_.monotonic() >= start_again_) {
            start();
        }
        wait();
        bell_.take([this](AppLane& lane) {
            if (const auto found = ids_.find(&lane); found != ids_.end()) {
                attend(found->second);
            }
        });
        if (socket_) {
            read();
        }
        if (socket_) {
            write();
        }
        look_back();
    }
    shut();
}

void AppProcess::wait() {
    std::array<pollfd, 2> descriptors{};
    descriptors[0] = {bell_.fd(), POLLIN, 0};
    descriptors[1] = {socket_.get(),
                      static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT), 0};
    const auto patience =
        child_ ? kAhead : std::chrono::ceil<milliseconds>(start_again_ - clock_.monotonic());
    const auto limited = std::clamp<milliseconds>(patience, milliseconds(0), kAhead);
    const int timeout = clients_.empty() ? -1 : static_cast<int>(limited.count());
    (void)::poll(descriptors.data(), socket_ ? 2 : 1, timeout);
    bell_.silence();
}

void AppProcess::adopt_new_clients() {
    std::vector<Client> arrivals;
    {
        const std::lock_guard lock(mutex_);
        arrivals.swap(arrivals_);
    }
    for (auto& arrival : arrivals) {
        const std::uint64_t id = next_id_++;
        ids_.emplace(arrival.lane.get(), id);
        auto& client = clients_.emplace(id, std::move(arrival)).first->second;
        if (child_) {
            say(fmt::format(R"(["open", {}, {}])", id, client.open_line));
        }
    }
}

void AppProcess::start() {
    std::array<int, 2> pair{};
    Result<base::ChildProcess> child =
        Error(ErrorCode::kExhausted, "no descriptors for an app process");
    base::UniqueFd theirs;
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0) {
        socket_.reset(pair[0]);
        theirs.reset(pair[1]);
        (void)::fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
        child = base::ChildProcess::start(
            {.arguments = {python_.interpreter, python_.script, std::to_string(theirs.get())},
             .extra_environment = {},
             .output_path = {},
             .inherited_fd = theirs.get()});
    }
    started_ = clock_.monotonic();
    if (!child) {
        lose(fmt::format("client apps need Python 3: {} (galileo_python says which one to use)",
                         child.error().message()));
        return;
    }
    pid_.store(child->pid());
    child_.emplace(std::move(child).value());
    for (const auto& [id, client] : clients_) {
        if (!client.failed) {
            say(fmt::format(R"(["open", {}, {}])", id, client.open_line));
        }
    }
}

/// The process is gone, or must go.
void AppProcess::lose(const std::string& why) {
    socket_.reset();
    child_.reset();
    pid_.store(0);
    unsent_.clear();
    reader_ = {};
    const auto now = clock_.monotonic();
    back_off_ = now - started_ > kGoodLife
                    ? milliseconds(0)
                    : std::clamp(back_off_ * 2, kFirstBackOff, kLongestBackOff);
    start_again_ = now + back_off_;
    std::size_t waiting = 0;
    for (auto it = clients_.begin(); it != clients_.end();) {
        auto& [id, client] = *it++;
        client.open = false;
        client.asked = 0;
        if (client.opening) {
            refused(id, client,
                    Error(ErrorCode::kUnavailable,
                          fmt::format("app {} could not be loaded: {}", client.app, why)));
        } else {
            ++waiting;
        }
    }
    if (waiting > 0) {
        base::log_error("{}; its {} clients wait until it is started again in {} ms", why, waiting,
                        back_off_.count());
    }
}

void AppProcess::shut() {
    adopt_new_clients();
    socket_.reset();  // which it takes as its end
    if (child_) {
        (void)child_->wait(seconds(1));
        child_.reset();
    }
    for (auto& [id, client] : clients_) {
        if (client.opening) {
            client.opening->set_value(Error(ErrorCode::kCancelled, "the worker ends"));
        }
    }
}

void AppProcess::say(std::string_view line) {
    unsent_ += line;
    unsent_ += '\n';
}

void AppProcess::write() {
    while (!unsent_.empty()) {
        const ssize_t sent =
            ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent <= 0) {
            return;  // full, or over, which reading tells
        }
        unsent_.erase(0, static_cast<std::size_t>(sent));
    }
}

void AppProcess::read() {
    std::array<char, 256 * 1024> buffer;  // NOLINT: filled by recv
    while (true) {
        const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (got <= 0) {
            const auto exit_code = child_ ? child_->wait(seconds(1)) : std::nullopt;
            lose(fmt::format("the app process {} has ended ({})", pid(),
                             exit_code ? ending(*exit_code) : "it had closed its socket"));
            return;
        }
        const auto understood =
            reader_.read({buffer.data(), static_cast<std::size_t>(got)},
                         [this](const AppMessage& message) { handle(message); });
        if (!understood) {
            lose(fmt::format("the app process {} is ended: {}", pid(),
                             understood.error().message()));
            return;
        }
        if (static_cast<std::size_t>(got) < buffer.size()) {
            return;
        }
    }
}

void AppProcess::handle(const AppMessage& message) {
    const auto found = clients_.find(message.client);
    if (found == clients_.end()) {
        return;  // closed meanwhile
    }
    Client& client = found->second;
    switch (message.kind) {
        case AppMessage::Kind::kOpened:
            opened(found->first, client);
            return;
        case AppMessage::Kind::kRefused:
            refused(found->first, client,
                    Error(ErrorCode::kInvalidInput,
                          fmt::format("app {} could not be loaded: {}", client.app,
                                      app_error_text(message.text))));
            return;
        case AppMessage::Kind::kRequest:
            take_request(client, message.text);
            return;
        case AppMessage::Kind::kFailed:
            take_failure(client, app_error_text(message.text));
            return;
        case AppMessage::Kind::kEnded:
            client.lane->end();
            return;
    }
}

void AppProcess::opened(std::uint64_t id, Client& client) {
    client.open = true;
    if (auto promise = std::exchange(client.opening, std::nullopt)) {
        promise->set_value(std::make_unique<AppLaneSource>(client.lane));
    } else if (client.lane->dry()) {
        refill(id, client);
    }
}

void AppProcess::refused(std::uint64_t id, Client& client, const Error& why) {
    auto promise = std::exchange(client.opening, std::nullopt);
    if (!promise) {
        base::log_error("{}: its requests end: {}", client.name, why.message());
        client.failed = true;
        client.lane->end();
        return;
    }
    ids_.erase(client.lane.get());
    clients_.erase(id);
    --clients_count_;
    promise->set_value(why);
}

void AppProcess::take_request(Client& client, std::string_view line) {
    if (client.last_request == nullptr || line != client.last_line) {
        auto request = request_of_app_line(line, python_.requests);
        if (!request) {
            take_failure(client, fmt::format("next_request(): {}", request.error().message()));
            return;
        }
        client.last_request = std::make_shared<const http::RequestTemplate>(std::move(*request));
        client.last_line = line;
    }
    client.asked -= std::min<std::size_t>(client.asked, 1);
    if (client.lane->room() > 0) {
        client.lane->push({engine::Supply::State::kRequest, client.last_request});
    }
}

/// Logged in full, but not more often than once a second for each client.
void AppProcess::take_failure(Client& client, const std::string& why) {
    client.asked -= std::min<std::size_t>(client.asked, 1);
    if (client.lane->room() > 0) {
        client.lane->push({engine::Supply::State::kBroken, nullptr});
    }
    ++client.errors;
    const auto now = clock_.monotonic();
    if (client.logged == base::MonotonicTime{} || now - client.logged >= kErrorsLogged) {
        base::log_error("{}: app {} failed ({} times): {}", client.name, client.app, client.errors,
                        why);
        client.errors = 0;
        client.logged = now;
    }
}

/// A lane has rung: it is empty or half so, or its client is gone.
void AppProcess::attend(std::uint64_t id) {
    Client& client = clients_.at(id);
    if (client.lane->closed()) {
        if (child_) {
            say(fmt::format(R"(["close", {}])", id));
        }
        ids_.erase(client.lane.get());
        clients_.erase(id);
        --clients_count_;
        return;
    }
    if (client.lane->dry() && client.lane->taken() > client.taken_before) {
        client.window = std::min(client.window * 2, AppLane::kCapacity);
    }
    refill(id, client);
}

void AppProcess::refill(std::uint64_t id, Client& client) {
    client.lane->set_window(client.window);
    const std::size_t there = client.lane->size() + client.asked;
    if (client.open && there < client.window) {
        say(fmt::format(R"(["next", {}, {}])", id, client.window - there));
        client.asked = client.window - client.lane->size();
    }
}

/// Nobody is asked further ahead than what it used lately.
void AppProcess::look_back() {
    const auto now = clock_.monotonic();
    if (now - looked_back_ < kAhead) {
        return;
    }
    looked_back_ = now;
    for (auto& [id, client] : clients_) {
        const std::uint64_t taken = client.lane->taken();
        const auto used = static_cast<std::size_t>(taken - client.taken_before);
        client.taken_before = taken;
        client.window = std::clamp<std::size_t>(used, 1, client.window);
    }
}

}  // namespace galileo::worker
