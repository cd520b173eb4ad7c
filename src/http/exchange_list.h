#pragma once

#include "http/exchange.h"

namespace galileo::http {

/// Exchanges in a row, linked through themselves. Loop-bound.
class ExchangeList {
  public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] Exchange* front() const noexcept { return first_; }
    [[nodiscard]] Exchange* back() const noexcept { return last_; }
    static Exchange* before(const Exchange& exchange) noexcept { return exchange.previous_; }

    void push_back(Exchange& exchange) noexcept { insert_after(last_, exchange); }
    void push_front(Exchange& exchange) noexcept { insert_after(nullptr, exchange); }

    /// `place` null: in front of all.
    void insert_after(Exchange* place, Exchange& exchange) noexcept {
        exchange.previous_ = place;
        exchange.next_ = place != nullptr ? place->next_ : first_;
        (place != nullptr ? place->next_ : first_) = &exchange;
        (exchange.next_ != nullptr ? exchange.next_->previous_ : last_) = &exchange;
    }

    void remove(Exchange& exchange) noexcept {
        (exchange.previous_ != nullptr ? exchange.previous_->next_ : first_) = exchange.next_;
        (exchange.next_ != nullptr ? exchange.next_->previous_ : last_) = exchange.previous_;
        exchange.next_ = exchange.previous_ = nullptr;
    }

  private:
    Exchange* first_ = nullptr;
    Exchange* last_ = nullptr;
};

}  // namespace galileo::http
