#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>

#include "base/log.h"
#include "coord/keys.h"
#include "coord/rpc.h"

namespace galileo::coord {

namespace {

constexpr std::size_t kMostWaiting =
    20'000;  ///< calls per lane; a worker may host thousands of clients
constexpr std::size_t kMostAnswersAtOnce = 500;
constexpr std::string_view kResponseSeconds = "300";

struct ExceptionOfCode {
    ErrorCode code;
    std::string_view exception;
};
// The first row of an exception decides on the way back.
constexpr std::array kExceptions{
    ExceptionOfCode{ErrorCode::kInvalidInput, "ValueError"},
    ExceptionOfCode{ErrorCode::kInvalidInput, "TypeError"},
    ExceptionOfCode{ErrorCode::kInvalidInput, "IndexError"},
    ExceptionOfCode{ErrorCode::kInvalidInput, "AttributeError"},
    ExceptionOfCode{ErrorCode::kNotFound, "LookupError"},
    ExceptionOfCode{ErrorCode::kNotFound, "KeyError"},
    ExceptionOfCode{ErrorCode::kConflict, "FileExistsError"},
    ExceptionOfCode{ErrorCode::kUnavailable, "ConnectionError"},
    ExceptionOfCode{ErrorCode::kTimeout, "TimeoutError"},
    ExceptionOfCode{ErrorCode::kExhausted, "MemoryError"},
    ExceptionOfCode{ErrorCode::kDenied, "PermissionError"},
    ExceptionOfCode{ErrorCode::kProtocol, "EOFError"},
    ExceptionOfCode{ErrorCode::kCancelled, "InterruptedError"},
    ExceptionOfCode{ErrorCode::kInternal, "RuntimeError"},
};

Result<RpcAnswer> call_guarded(const RpcServer::Function& function, const model::Json& arguments) {
    try {
        return function(arguments);
    } catch (const std::exception& exception) {
        return Error(ErrorCode::kInternal, exception.what());
    }
}

RpcResponse respond(const RpcRequest& request, const RpcServer::Function& function) {
    auto answer = RpcAnswer::exception("TypeError", "the arguments are not a list");
    if (request.arguments.is_array()) {
        auto result = call_guarded(function, request.arguments);
        answer = result ? std::move(result).value()
                        : RpcAnswer::exception(std::string(exception_of(result.error().code())),
                                               result.error().message());
    }
    return RpcResponse{request.function, std::move(answer.value), std::move(answer.type),
                       answer.outcome == RpcAnswer::Outcome::kException};
}

}  // namespace

RpcAnswer RpcAnswer::exception(std::string type, std::string message) {
    auto arguments = model::Json::array();
    arguments.push_back(std::move(message));
    return {std::move(arguments), std::move(type), Outcome::kException};
}

std::string_view exception_of(ErrorCode code) noexcept {
    const auto* row = std::find_if(kExceptions.begin(), kExceptions.end(),
                                   [&](const auto& entry) { return entry.code == code; });
    return row == kExceptions.end() ? "RuntimeError" : row->exception;
}

ErrorCode code_of_exception(std::string_view type) noexcept {
    const auto* row = std::find_if(kExceptions.begin(), kExceptions.end(),
                                   [&](const auto& entry) { return entry.exception == type; });
    return row == kExceptions.end() ? ErrorCode::kInternal : row->code;
}

RpcServer::RpcServer(redis::Client& client, redis::Subscriber& subscriber)
    : client_(client), subscriber_(subscriber) {
    const std::lock_guard lock(mutex_);
    quick_.thread = std::thread([this] { run(quick_); });
    slow_.thread = std::thread([this] { run(slow_); });
}

RpcServer::~RpcServer() {
    std::vector<std::string> channels;
    std::vector<std::string> patterns;
    {
        const std::lock_guard lock(mutex_);
        channels = exposed_;
        for (const auto& [name, responders] : responders_) {
            for (const auto& [pattern, function] : responders.by_pattern) {
                patterns.push_back(pattern);
            }
        }
    }
    for (const auto& channel : channels) {
        subscriber_.unsubscribe(channel);
    }
    subscriber_.unsubscribe_patterns(std::move(patterns));
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    quick_.thread.join();
    slow_.thread.join();
}

Result<void> RpcServer::expose(const std::string& name, Lane lane, Function function) {
    auto channel = keys::bus(name);
    const auto shared = std::make_shared<const Function>(std::move(function));
    TRY(subscriber_.subscribe(channel, [this, lane, shared](const redis::Message& message) {
        receive(message, lane, shared);
    }));
    const std::lock_guard lock(mutex_);
    exposed_.push_back(std::move(channel));
    return {};
}

void RpcServer::withdraw(const std::string& name) {
    const auto channel = keys::bus(name);
    {
        const std::lock_guard lock(mutex_);
        if (std::erase(exposed_, channel) == 0) {
            return;
        }
    }
    subscriber_.unsubscribe(channel);
}

Result<void> RpcServer::add_responders(const std::string& name, std::vector<Responder> added) {
    std::vector<std::string> patterns;
    const auto channel = keys::bus(name);
    {
        const std::lock_guard lock(mutex_);
        auto& table = responders_[name];
        for (const auto& responder : added) {
            if (table.pattern_of_id.contains(responder.id)) {
                return Error(ErrorCode::kConflict,
                             fmt::format("{}: '{}' answers already", name, responder.id));
            }
        }
        for (auto& responder : added) {
            // Indices are never used again: a late acknowledgement could otherwise meet a new
            // owner.
            auto pattern = keys::lone_pattern(channel, table.next_index++);
            table.by_pattern[pattern] =
                std::make_shared<const Function>(std::move(responder.function));
            table.pattern_of_id[responder.id] = pattern;
            patterns.push_back(std::move(pattern));
        }
    }
    auto subscribed = subscriber_.subscribe_patterns(
        patterns,
        [this, name](const redis::Message& message) { receive_for_responder(name, message); });
    if (!subscribed) {
        const std::lock_guard lock(mutex_);
        auto& table = responders_[name];
        for (const auto& responder : added) {
            table.pattern_of_id.erase(responder.id);
        }
        for (const auto& pattern : patterns) {
            table.by_pattern.erase(pattern);
        }
    }
    return subscribed;
}

void RpcServer::remove_responders(const std::string& name, const std::vector<std::string>& ids) {
    std::vector<std::string> patterns;
    {
        const std::lock_guard lock(mutex_);
        const auto found = responders_.find(name);
        if (found == responders_.end()) {
            return;
        }
        auto& table = found->second;
        for (const auto& id : ids) {
            const auto entry = table.pattern_of_id.find(id);
            if (entry != table.pattern_of_id.end()) {
                patterns.push_back(std::move(entry->second));
                table.pattern_of_id.erase(entry);
            }
        }
    }
    // Until Redis counts them no more, they answer.
    subscriber_.unsubscribe_patterns(patterns);
    const std::lock_guard lock(mutex_);
    auto& table = responders_[name];
    for (const auto& pattern : patterns) {
        table.by_pattern.erase(pattern);
    }
}

std::uint64_t RpcServer::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

void RpcServer::receive_for_responder(const std::string& name, const redis::Message& message) {
    std::shared_ptr<const Function> function;
    {
        const std::lock_guard lock(mutex_);
        const auto table = responders_.find(name);
        if (table != responders_.end()) {
            const auto found = table->second.by_pattern.find(message.pattern);
            function = found == table->second.by_pattern.end() ? nullptr : found->second;
        }
    }
    if (function != nullptr) {
        receive(message, Lane::kQuick, function);
    }
}

void RpcServer::receive(const redis::Message& message,
                        Lane lane,
                        const std::shared_ptr<const Function>& function) {
    auto request = decode_rpc_request(message.payload);
    {
        const std::lock_guard lock(mutex_);
        auto& jobs = lane_state(lane).jobs;
        if (request && jobs.size() < kMostWaiting) {
            jobs.push_back(Job{std::move(request).value(), function});
            changed_.notify_all();
            return;
        }
        ++dropped_;
    }
    base::log_warn("{}: call dropped: {}", message.channel,
                   request ? "too many are waiting" : request.error().message());
}

void RpcServer::run(LaneState& lane) {
    for (;;) {
        std::vector<Job> jobs;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return stopping_ || !lane.jobs.empty(); });
            if (lane.jobs.empty()) {
                return;
            }
            const auto count = std::min(lane.jobs.size(), &lane == &slow_ ? 1 : kMostAnswersAtOnce);
            for (std::size_t i = 0; i < count; ++i) {
                jobs.push_back(std::move(lane.jobs.front()));
                lane.jobs.pop_front();
            }
        }
        std::vector<redis::Command> commands;
        for (const auto& job : jobs) {
            for (auto& command : answer(job)) {
                commands.push_back(std::move(command));
            }
        }
        if (auto sent = client_.pipeline(commands); !sent) {
            base::log_warn("{} calls stay unanswered: {}", jobs.size(), sent.error().message());
        }
    }
}

std::vector<redis::Command> RpcServer::answer(const Job& job) const {
    const auto list = keys::bus(job.request.response_list);
    return {{"LPUSH", list, encode(respond(job.request, *job.function))},
            {"EXPIRE", list, kResponseSeconds}};
}

}  // namespace galileo::coord
