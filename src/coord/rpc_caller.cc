#include <fmt/format.h>

#include <algorithm>

#include "base/ids.h"
#include "base/log.h"
#include "coord/keys.h"
#include "coord/rpc.h"

namespace galileo::coord {

namespace {

/// `KeyError: first argument`, as Python prints it. Where the exception's name says no more than
/// the error's code does, as with all that our own workers raise, only the argument.
Error error_of(const RpcResponse& response) {
    std::string text;
    const auto& arguments = response.result;
    if (arguments.is_array() && arguments.size() == 1 && arguments[0].is_string()) {
        text = arguments[0].get<std::string>();
    } else if (!arguments.is_null()) {
        text = model::to_python_json(arguments);
    }
    const auto& type = response.result_type;
    const auto code = code_of_exception(type);
    return Error(code, type == exception_of(code) && !text.empty()
                           ? text
                           : fmt::format("{}: {}", type, text));
}

Result<model::Json> result_of(std::string_view function, std::string_view payload) {
    auto response = TRY_WITHIN(function, decode_rpc_response(payload));
    if (response.error) {
        return error_of(response);
    }
    return Result<model::Json>(std::move(response.result));
}

}  // namespace

Result<RpcCaller::Pending> RpcCaller::send(std::string_view function, model::Json arguments) {
    const auto list = std::string(keys::kRpcListPrefix) + base::uuid4();
    const auto request = encode(RpcRequest{std::string(function), list, std::move(arguments)});
    const auto reply =
        TRY_WITHIN(function, client_.command({"PUBLISH", keys::bus(function), request}));
    const auto receivers = TRY(reply.integer());
    return Pending{std::string(function), keys::bus(list), receivers};
}

std::vector<Result<model::Json>> RpcCaller::collect(const Pending& pending,
                                                    base::MonotonicTime deadline) {
    std::vector<Result<model::Json>> responses;
    const std::vector<std::string> key{pending.response_key};
    for (std::int64_t i = 0; i < pending.receivers; ++i) {
        const auto left =
            std::max(deadline - clock_.monotonic(), base::MonotonicTime::duration::zero());
        auto popped = client_.blocking_pop(key, left);
        if (popped && *popped) {
            responses.push_back(result_of(pending.function, (*popped)->value));
            continue;
        }
        // Nothing more will come in time, or Redis is away: the same for all that are missing.
        const auto error =
            popped ? Error(ErrorCode::kTimeout, "no answer in time") : std::move(popped).error();
        responses.resize(static_cast<std::size_t>(pending.receivers),
                         error.within(pending.function));
        break;
    }
    // Answers that come later would otherwise stay for five minutes.
    if (auto removed = client_.command({"DEL", pending.response_key}); !removed) {
        base::log_debug("{}: {}", pending.function, removed.error().message());
    }
    return responses;
}

Result<std::vector<Result<model::Json>>> RpcCaller::call_all(std::string_view function,
                                                             model::Json arguments,
                                                             std::chrono::nanoseconds patience) {
    const auto deadline = clock_.monotonic() + patience;
    const auto pending = TRY(send(function, std::move(arguments)));
    return collect(pending, deadline);
}

Result<model::Json> RpcCaller::call(std::string_view function,
                                    model::Json arguments,
                                    std::chrono::nanoseconds patience) {
    const auto deadline = clock_.monotonic() + patience;
    return collect_one(TRY(send(function, std::move(arguments))), deadline);
}

Result<model::Json> RpcCaller::collect_one(Pending pending, base::MonotonicTime deadline) {
    if (pending.receivers == 0) {
        return Error(ErrorCode::kNotFound, pending.function + ": nobody listens");
    }
    pending.receivers = 1;
    return std::move(collect(pending, deadline).front());
}

}  // namespace galileo::coord
