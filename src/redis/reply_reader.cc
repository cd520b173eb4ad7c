#include "redis/reply_reader.h"

#include <fmt/format.h>
#include <hiredis/read.h>

#include <new>

#include "base/assert.h"

namespace galileo::redis {

struct ReplyReader::Budget {
    std::size_t max_bytes;
    std::size_t max_elements;
    std::size_t bytes = 0;     ///< fed since the last whole reply
    std::size_t elements = 0;  ///< promised by the arrays of the reply being read
};

/// Callbacks of hiredis: builds Reply values in place. Children live in the vector of their parent,
/// which is sized once, so pointers to them stay valid.
struct ReplyReader::Builder {
    static Reply* place(const redisReadTask* task) {
        if (task->parent == nullptr) {
            return new (std::nothrow) Reply();
        }
        auto& siblings = static_cast<Reply*>(task->parent->obj)->elements_;
        return &siblings[static_cast<std::size_t>(task->idx)];
    }

    static void* create_text(const redisReadTask* task, char* text, std::size_t length) {
        auto* reply = place(task);
        if (reply != nullptr) {
            reply->kind_ = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::kError
                           : task->type == REDIS_REPLY_STATUS ? Reply::Kind::kStatus
                                                              : Reply::Kind::kText;
            reply->text_.assign(text, length);
        }
        return reply;
    }

    static void* create_array(const redisReadTask* task, int count) {
        auto& budget = *static_cast<Budget*>(task->privdata);
        const auto elements = static_cast<std::size_t>(count < 0 ? 0 : count);
        if (elements > budget.max_elements - budget.elements) {
            return nullptr;  // hiredis then reports an error for the whole stream
        }
        budget.elements += elements;
        auto* reply = place(task);
        if (reply != nullptr) {
            reply->kind_ = Reply::Kind::kArray;
            reply->elements_.resize(elements);
        }
        return reply;
    }

    static void* create_integer(const redisReadTask* task, long long value) {
        auto* reply = place(task);
        if (reply != nullptr) {
            reply->kind_ = Reply::Kind::kInteger;
            reply->integer_ = value;
        }
        return reply;
    }

    static void* create_nil(const redisReadTask* task) { return place(task); }

    static void free_object(void* object) { delete static_cast<Reply*>(object); }
};

void ReplyReader::FreeReader::operator()(redisReader* reader) const noexcept {
    redisReaderFree(reader);
}

ReplyReader::ReplyReader(std::size_t max_bytes, std::size_t max_elements)
    : budget_(std::make_unique<Budget>(Budget{max_bytes, max_elements})) {
    static redisReplyObjectFunctions functions{Builder::create_text, Builder::create_array,
                                               Builder::create_integer, Builder::create_nil,
                                               Builder::free_object};
    reader_.reset(redisReaderCreateWithFunctions(&functions));
    GALILEO_ASSERT(reader_ != nullptr);
    reader_->privdata = budget_.get();
}

ReplyReader::~ReplyReader() = default;
ReplyReader::ReplyReader(ReplyReader&&) noexcept = default;
ReplyReader& ReplyReader::operator=(ReplyReader&&) noexcept = default;

Result<void> ReplyReader::feed(std::string_view bytes) {
    budget_->bytes += bytes.size();
    if (budget_->bytes > budget_->max_bytes) {
        return Error(ErrorCode::kProtocol,
                     fmt::format("Redis reply larger than {} bytes", budget_->max_bytes));
    }
    if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) {
        return Error(ErrorCode::kProtocol, fmt::format("Redis reply: {}", reader_->errstr));
    }
    return {};
}

Result<std::optional<Reply>> ReplyReader::next() {
    void* object = nullptr;
    if (redisReaderGetReply(reader_.get(), &object) != REDIS_OK) {
        if (reader_->err == REDIS_ERR_OOM) {
            return Error(ErrorCode::kProtocol, fmt::format("Redis reply of more than {} elements",
                                                           budget_->max_elements));
        }
        return Error(ErrorCode::kProtocol, fmt::format("not a Redis reply: {}", reader_->errstr));
    }
    if (object == nullptr) {
        return std::optional<Reply>{};
    }
    const std::unique_ptr<Reply> reply(static_cast<Reply*>(object));
    budget_->bytes = reader_->len - reader_->pos;
    budget_->elements = 0;
    return std::optional<Reply>(std::move(*reply));
}

}  // namespace galileo::redis
