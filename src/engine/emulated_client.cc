#include "engine/emulated_client.h"

#include <utility>

#include "engine/run.h"

namespace galileo::engine {

EmulatedClient::EmulatedClient(ClientSpec spec, std::string request_prefix)
    : label(std::make_shared<const ClientLabel>(
          ClientLabel{std::move(spec.id), std::move(spec.service), std::move(spec.run_id),
                      std::move(request_prefix)})),
      request(std::move(spec.request)),
      router(std::move(spec.router)),
      timeout(spec.timeout),
      traced(spec.traced) {
    if (spec.source) {
        sourced = std::make_unique<SourcedRequests>();
        sourced->source = std::move(spec.source);
    }
}

void EmulatedClient::on_due(base::MonotonicTime now) {
    run->serve(*this, now);
}

}  // namespace galileo::engine
