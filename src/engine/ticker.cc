#include "engine/ticker.h"

namespace galileo::engine {

Ticker::Ticker(io::Loop& loop, std::chrono::nanoseconds quantum)
    : loop_(loop), quantum_(quantum), timer_(loop, [this] { look(); }) {}

void Ticker::set(Due& item, base::MonotonicTime when) {
    schedule_.set(item, when);
    arm();
}

void Ticker::remove(Due& item) noexcept {
    schedule_.remove(item);  // a timer that finds nothing due just looks again later
}

void Ticker::arm() {
    if (looking_ || schedule_.empty()) {
        return;
    }
    const auto deadline = schedule_.next_look(last_look_, quantum_);
    if (timer_.armed() && armed_for_ <= deadline) {
        return;  // too early at the worst, and the next look arms for the right time
    }
    armed_for_ = deadline;
    timer_.arm(deadline);
}

void Ticker::look() {
    looking_ = true;
    const auto now = loop_.fresh_now();
    // A wake-up comes some 70 µs after its time. Spaced from there instead of from that time, looks
    // would be a quantum and a wake-up apart, and requests that much later.
    last_look_ = now - armed_for_ < quantum_ ? armed_for_ : now;
    unsigned served = 0;
    while (!schedule_.empty() && schedule_.first_due() <= now) {
        if (served++ == kMostPerLook) {
            last_look_ = now - quantum_;
            break;
        }
        schedule_.first().on_due(now);
    }
    looking_ = false;
    arm();
}

}  // namespace galileo::engine
