#include <utility>

#include "engine/run.h"

// Clients whose requests come from a source (engine/request_source.h).

namespace galileo::engine {

void Run::listen_to_source(EmulatedClient& client) {
    const auto address = std::make_shared<EmulatedClient*>(&client);
    client.sourced->address = address;
    client.sourced->source->on_supply([&loop = context_.loop, address] {
        loop.post([address] {
            if (*address != nullptr) {
                (*address)->run->resupply(**address);
            }
        });
    });
}

/// False: the source has nothing yet, and the start is still to be dealt with.
bool Run::launch_supplied(EmulatedClient& client, base::MonotonicTime created) {
    RequestSource& source = *client.sourced->source;
    const Supply supply = source.take();
    switch (supply.state) {
        case Supply::State::kLater:
            return false;
        case Supply::State::kRequest:
            if (source.used_up()) {
                end_supply(client);
            }
            send(client, created, *supply.request);
            return true;
        case Supply::State::kBroken: {
            End begun;
            begun.number = ++client.last_number;
            begun.created = created;
            begun.failure = http::Failure::kRequest;
            end_without_network(client, client.tally->nowhere, begun);
            return true;
        }
        case Supply::State::kEnded:
            end_supply(client);
            ++client.tally->dropped;
            settle(client, client.generation, context_.loop.fresh_now(), Outcome::kNotReached);
            return true;
    }
    return true;
}

void Run::starve(EmulatedClient& client, base::MonotonicTime created) {
    client.sourced->starved.push(created);
    ++client.waiting;
    ++waiting_;
    ++context_.waiting;
}

void Run::end_supply(EmulatedClient& client) {
    client.sourced->used_up = true;
    if (client.pace) {
        client.pace->close();
    }
}

void Run::resupply(EmulatedClient& client) {
    Fifo<base::MonotonicTime>& starved = client.sourced->starved;
    while (!starved.empty()) {
        const auto created = starved.front();
        if (!queue_.empty() || http_.waiting() > 0) {  // behind the others, for a connection
            starved.pop();
            queue_.push({&client, created, client.generation});
            ++client.queued;
            continue;
        }
        if (!launch_supplied(client, created)) {
            return;
        }
        starved.pop();
        --client.waiting;
        --waiting_;
        --context_.waiting;
    }
}

}  // namespace galileo::engine
