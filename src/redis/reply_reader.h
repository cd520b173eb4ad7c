#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "redis/reply.h"

struct redisReader;

namespace galileo::redis {

/// Cuts a stream of bytes into replies: hiredis's parser with bounds on bytes and elements per
/// reply (nesting is bounded by hiredis, at seven). Thread-compatible.
class ReplyReader {
  public:
    /// Bounds hold for one reply.
    ReplyReader(std::size_t max_bytes, std::size_t max_elements);
    ~ReplyReader();
    ReplyReader(ReplyReader&&) noexcept;
    ReplyReader& operator=(ReplyReader&&) noexcept;

    /// Adds bytes that arrived. kProtocol once a reply exceeds its bound.
    Result<void> feed(std::string_view bytes);

    /// The next whole reply, or nothing when more bytes are needed. kProtocol for anything that is
    /// not RESP2; every later call then fails too.
    Result<std::optional<Reply>> next();

  private:
    struct Budget;
    struct Builder;
    std::unique_ptr<Budget> budget_;
    struct FreeReader {
        void operator()(redisReader* reader) const noexcept;
    };
    std::unique_ptr<redisReader, FreeReader> reader_;
};

}  // namespace galileo::redis
