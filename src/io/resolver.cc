#include "io/resolver.h"

#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "io/loop.h"

namespace galileo::io {

namespace {

constexpr std::chrono::nanoseconds kFailureAge = std::chrono::seconds(1);
constexpr std::size_t kMaxNames = 10'000;

using Addresses = std::vector<Address>;

Result<Addresses> look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failed = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (failed != 0) {
        const ErrorCode code = failed == EAI_AGAIN ? ErrorCode::kTimeout : ErrorCode::kNotFound;
        return Error(code, "resolving '" + host + "': " + gai_strerror(failed));
    }
    Addresses addresses;
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        Address address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.length = entry->ai_addrlen;
        addresses.push_back(address);
    }
    freeaddrinfo(found);
    if (addresses.empty()) {
        return Error(ErrorCode::kNotFound, "resolving '" + host + "': no address");
    }
    return addresses;
}

void set_port(Address& address, std::uint16_t port) {
    const std::uint16_t wire = htons(port);
    const std::size_t offset = address.storage.ss_family == AF_INET6
                                   ? offsetof(sockaddr_in6, sin6_port)
                                   : offsetof(sockaddr_in, sin_port);
    std::memcpy(reinterpret_cast<char*>(&address.storage) + offset, &wire, sizeof wire);
}

Result<Addresses> with_port(Result<Addresses> answer, std::uint16_t port) {
    if (answer.ok()) {
        for (Address& address : *answer) {
            set_port(address, port);
        }
    }
    return answer;
}

struct Request {
    std::uint16_t port;
    Loop* loop;
    Resolver::Callback callback;
};

struct Known {
    Result<Addresses> answer;
    base::MonotonicTime until;
};

/// Shared with the thread, which may outlive the resolver while the system's resolver does not
/// return.
struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    // Protected by mutex:
    std::deque<std::string> queue;  ///< names to look up; those in `asked`
    std::map<std::string, std::vector<Request>> asked;
    std::map<std::string, Known, std::less<>> known;
    bool stopping = false;
    bool looking_up = false;

    std::chrono::nanoseconds time_to_live{};
};

void answer_all(Shared& shared, const std::string& host, const Result<Addresses>& answer) {
    auto node = shared.asked.extract(host);
    for (Request& request : node.mapped()) {
        request.loop->post([callback = std::move(request.callback), port = request.port, answer] {
            callback(with_port(answer, port));
        });
    }
    if (shared.known.size() >= kMaxNames) {
        shared.known.erase(shared.known.begin());
    }
    const auto age = answer.ok() ? shared.time_to_live : std::min(shared.time_to_live, kFailureAge);
    shared.known.insert_or_assign(host, Known{answer, base::system_clock().monotonic() + age});
}

void serve(const std::shared_ptr<Shared>& shared) {
    std::unique_lock lock(shared->mutex);
    while (true) {
        shared->changed.wait(lock, [&] { return shared->stopping || !shared->queue.empty(); });
        if (shared->stopping) {
            return;
        }
        const std::string host = std::move(shared->queue.front());
        shared->queue.pop_front();
        shared->looking_up = true;
        lock.unlock();
        const Result<Addresses> answer = look_up(host);
        lock.lock();
        shared->looking_up = false;
        if (shared->stopping) {
            return;
        }
        answer_all(*shared, host, answer);
    }
}

}  // namespace

struct Resolver::Impl {
    std::shared_ptr<Shared> shared = std::make_shared<Shared>();
    std::thread thread;  ///< started by the first name that is not a literal
};

Resolver::Resolver(std::chrono::nanoseconds time_to_live) : impl_(std::make_unique<Impl>()) {
    impl_->shared->time_to_live = time_to_live;
}

Resolver::~Resolver() {
    bool looking_up = false;
    {
        const std::lock_guard lock(impl_->shared->mutex);
        impl_->shared->stopping = true;
        looking_up = impl_->shared->looking_up;
    }
    impl_->shared->changed.notify_all();
    if (!impl_->thread.joinable()) {
        return;
    }
    if (looking_up) {
        impl_->thread
            .detach();  // the system's resolver cannot be interrupted and may take half a minute
    } else {
        impl_->thread.join();
    }
}

void Resolver::resolve(const std::string& host, std::uint16_t port, Loop& loop, Callback callback) {
    if (auto literal = Address::literal(host, port); literal.ok()) {
        return callback(Addresses{*literal});
    }
    Shared& shared = *impl_->shared;
    std::unique_lock lock(shared.mutex);
    const auto known = shared.known.find(host);
    if (known != shared.known.end() && base::system_clock().monotonic() < known->second.until) {
        Result<Addresses> answer = known->second.answer;
        lock.unlock();
        return callback(with_port(std::move(answer), port));
    }
    auto& requests = shared.asked[host];
    requests.push_back({port, &loop, std::move(callback)});
    if (requests.size() > 1) {
        return;
    }
    shared.queue.push_back(host);
    if (!impl_->thread.joinable()) {
        impl_->thread = std::thread(serve, impl_->shared);
    }
    lock.unlock();
    shared.changed.notify_one();
}

}  // namespace galileo::io
