#include "engine/flight.h"

#include <utility>

#include "engine/emulated_client.h"
#include "engine/run.h"

namespace galileo::engine {

void Flight::begin(EmulatedClient& for_client, const RenderedPtr& what) {
    request = &what->request;
    timeout = what->timeout;
    failure = http::Failure::kNone;
    status = -1;
    sent = first_byte = done = base::MonotonicTime{};
    head = body = server = {};
    body_bytes = 0;
    client = &for_client;
    rendered = what;
    generation = for_client.generation;
    counted_as_sent = false;
}

void Flight::on_sent() {
    client->run->note_sent(*this);
}

void Flight::on_done() {
    client->run->note_done(*this);
}

Flight& FlightPool::acquire() {
    if (free_ == nullptr) {
        slabs_.push_back(std::make_unique<Flight[]>(kSlab));
        for (std::size_t i = 0; i < kSlab; ++i) {
            release(slabs_.back()[i]);
        }
    }
    return *std::exchange(free_, free_->after);
}

void FlightPool::release(Flight& flight) noexcept {
    flight.client = nullptr;
    flight.rendered = RenderedPtr();
    flight.before = nullptr;
    flight.after = free_;
    free_ = &flight;
}

}  // namespace galileo::engine
