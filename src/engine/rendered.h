#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

#include "engine/tally_book.h"
#include "http/exchange.h"
#include "routing/host_load.h"

namespace galileo::engine {

/// A request as bytes for one host, with the tally of that host. Counts its own references, without
/// atomics: the client caches it, and each request on its way holds it. Loop-bound.
struct Rendered {
    http::RenderedRequest request;
    HostTally* host = nullptr;
    std::chrono::nanoseconds timeout{0};  ///< 0: none
    routing::HostLoad* load = nullptr;    ///< told of each request; null: nobody wants to know
    std::uint32_t references = 0;
};

/// Shares a Rendered within one loop. std::shared_ptr would pay two atomic operations a request.
/// Loop-bound.
class RenderedPtr {
  public:
    RenderedPtr() = default;
    explicit RenderedPtr(Rendered* rendered) noexcept : rendered_(rendered) { acquire(); }
    RenderedPtr(const RenderedPtr& other) noexcept : rendered_(other.rendered_) { acquire(); }
    RenderedPtr(RenderedPtr&& other) noexcept
        : rendered_(std::exchange(other.rendered_, nullptr)) {}
    RenderedPtr& operator=(RenderedPtr other) noexcept {
        std::swap(rendered_, other.rendered_);
        return *this;
    }
    ~RenderedPtr() {
        if (rendered_ != nullptr && --rendered_->references == 0) {
            delete rendered_;
        }
    }

    explicit operator bool() const noexcept { return rendered_ != nullptr; }
    Rendered& operator*() const noexcept { return *rendered_; }
    Rendered* operator->() const noexcept { return rendered_; }

  private:
    void acquire() noexcept {
        if (rendered_ != nullptr) {
            ++rendered_->references;
        }
    }
    Rendered* rendered_ = nullptr;
};

}  // namespace galileo::engine
