#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "coord/wire.h"
#include "redis/client.h"
#include "redis/subscriber.h"

/// Remote calls as the original's pymq makes them (contract 1.5): a request is published on the
/// function's channel, every receiver pushes one response onto the list that the request names.
namespace galileo::coord {

/// What a function answers: a value and the Python class it stands for (`str`, `list`, `dict`,
/// `NoneType`, `galileo.worker.api.ClientInfo`), which the original's callers need exactly. Or an
/// exception: its class and its arguments.
struct RpcAnswer {
    model::Json value;
    std::string type;
    enum class Outcome { kResult, kException } outcome = Outcome::kResult;

    static RpcAnswer text(std::string value) { return {model::Json(std::move(value)), "str"}; }
    static RpcAnswer object(model::Json value) { return {std::move(value), "dict"}; }
    static RpcAnswer exception(std::string type, std::string message);
};

/// The Python exception that stands for an error code on the wire, and back; classes that we do not
/// send are kInternal.
std::string_view exception_of(ErrorCode code) noexcept;
ErrorCode code_of_exception(std::string_view type) noexcept;

/// Answers calls. Functions run on threads of the server, not on the subscriber's: quick ones one
/// after the other on one, slow ones on another, so that none of the latter delays a ping. Borrows
/// client and subscriber, which must outlive it. The destructor withdraws everything and lets the
/// calls in progress end. Thread-safe.
class RpcServer {
  public:
    /// Gets the list of positional arguments (a JSON list; extra ones are the caller's mistake and
    /// to be ignored). An Error becomes the exception that exception_of() names.
    using Function = std::function<Result<RpcAnswer>(const model::Json& arguments)>;
    enum class Lane { kQuick, kSlow };

    RpcServer(redis::Client& client, redis::Subscriber& subscriber);
    RpcServer(const RpcServer&) = delete;
    RpcServer& operator=(const RpcServer&) = delete;
    ~RpcServer();

    /// Answers calls of `name` from now on: one subscription, one response per call. Returns once
    /// Redis has acknowledged. kConflict when this subscriber has a handler for it already.
    Result<void> expose(const std::string& name, Lane lane, Function function);
    void withdraw(const std::string& name);

    /// Adds responders to the function `name`: each counts as a receiver of its own and answers
    /// every call once, as the clients of one worker must for `Client.get_info`. One command for
    /// all of them. Independent of expose(). Returns once Redis has acknowledged.
    struct Responder {
        std::string id;  ///< to remove it by
        Function function;
    };
    Result<void> add_responders(const std::string& name, std::vector<Responder> responders);
    /// Unknown ids are ignored.
    void remove_responders(const std::string& name, const std::vector<std::string>& ids);

    /// Requests that were dropped: not decodable, or the queue of their lane was full.
    [[nodiscard]] std::uint64_t dropped() const;

  private:
    struct Job {
        RpcRequest request;
        std::shared_ptr<const Function>
            function;  // shared with the table, which may lose it meanwhile
    };
    struct LaneState {
        std::deque<Job> jobs;
        std::thread thread;
    };
    struct Responders {
        std::map<std::string, std::string> pattern_of_id;
        std::map<std::string, std::shared_ptr<const Function>, std::less<>> by_pattern;
        std::uint64_t next_index = 0;
    };

    void receive(const redis::Message& message,
                 Lane lane,
                 const std::shared_ptr<const Function>& function);
    void receive_for_responder(const std::string& name, const redis::Message& message);
    void run(LaneState& lane);
    std::vector<redis::Command> answer(const Job& job) const;
    LaneState& lane_state(Lane lane) { return lane == Lane::kQuick ? quick_ : slow_; }

    redis::Client& client_;
    redis::Subscriber& subscriber_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // Protected by mutex_:
    LaneState quick_;
    LaneState slow_;
    std::map<std::string, Responders, std::less<>> responders_;  ///< by function name
    std::vector<std::string> exposed_;
    std::uint64_t dropped_ = 0;
    bool stopping_ = false;
};

/// Makes calls. Borrows client and clock. Blocking. Thread-safe.
class RpcCaller {
  public:
    RpcCaller(redis::Client& client, base::Clock& clock) : client_(client), clock_(clock) {}

    /// A call on its way: published, its responses not yet collected. Give it to collect(), which
    /// also removes the response list.
    struct Pending {
        std::string function;
        std::string response_key;
        std::int64_t receivers = 0;
    };
    Result<Pending> send(std::string_view function, model::Json arguments);

    /// Waits until every receiver has answered, `deadline` at the latest, for all together. One
    /// result per receiver, in order of arrival: the value, the error that the function answered
    /// with (code by its exception; the message names an exception's class where it is not the one
    /// that exception_of(code) sends), or kTimeout. Empty when there was no receiver.
    std::vector<Result<model::Json>> collect(const Pending& pending, base::MonotonicTime deadline);

    /// send and collect. The error is about the publishing.
    Result<std::vector<Result<model::Json>>> call_all(std::string_view function,
                                                      model::Json arguments,
                                                      std::chrono::nanoseconds patience);

    /// The first response to a call on its way. kNotFound when nobody listens to the function.
    Result<model::Json> collect_one(Pending pending, base::MonotonicTime deadline);

    /// The first response. kNotFound when nobody listens to this function.
    Result<model::Json> call(std::string_view function,
                             model::Json arguments,
                             std::chrono::nanoseconds patience);

  private:
    redis::Client& client_;
    base::Clock& clock_;
};

}  // namespace galileo::coord
