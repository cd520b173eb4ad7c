#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "model/routing_record.h"
#include "redis/client.h"
#include "redis/subscriber.h"
#include "routing/table.h"

namespace galileo::coord {

/// The routing table in Redis, shared by all (contract 1.1 and `rtbl` of 7). Every change is one
/// transaction that also tells the listeners. Borrows the client. Every call blocks on Redis and
/// may fail as redis::Client does. Thread-safe.
class RoutingStore {
  public:
    explicit RoutingStore(redis::Client& client) : client_(client) {}

    /// Adds or replaces the record of a service. kInvalidInput as routing::validate.
    Result<void> set(const model::RoutingRecord& record);

    /// Nothing when the service has no hosts. kInvalidInput when what is there is no valid record.
    Result<std::optional<model::RoutingRecord>> record(std::string_view service);

    /// All records, in order of service; unreadable ones are left out and logged.
    Result<std::vector<model::RoutingRecord>> records();
    /// The names alone, in order.
    Result<std::vector<std::string>> services();

    /// Adds a host at the end, making the record when there is none, and returns the record.
    Result<model::RoutingRecord> append(std::string_view service,
                                        std::string_view host,
                                        double weight);

    /// kNotFound: no such record; kInvalidInput: not as many weights as hosts, or one that is not
    /// valid.
    Result<void> update_weights(std::string_view service, std::span<const double> weights);

    /// Gives a host the weight 0, so that it gets no new request while those in flight end, and
    /// remembers its weight for undrain(); returns the record. No effect when it has no weight
    /// already. Atomic. kNotFound: no such record, or no such host in it.
    Result<model::RoutingRecord> drain(std::string_view service, std::string_view host);

    /// Gives a drained host its former weight; one that has got a weight meanwhile keeps it.
    /// Returns the record. Atomic. kNotFound as drain(); kConflict: the host is not drained.
    Result<model::RoutingRecord> undrain(std::string_view service, std::string_view host);

    /// No effect when there is none.
    Result<void> remove(std::string_view service);
    Result<void> clear();

  private:
    Result<model::RoutingRecord> run_on_host(std::string_view script,
                                             std::string_view service,
                                             std::string_view host);

    redis::Client& client_;
};

/// Keeps a process's routing table fresh: loads a service's record when it is first watched, again
/// whenever `routing:updates` names it, and all of them after the connection was lost
/// (contract 2.7, 10.25). Loading happens on a thread of its own, never on the subscriber's. While
/// Redis is away the table keeps what it has; a record that is gone or unreadable is removed from
/// it. Borrows everything it is given, which must outlive it. Thread-safe.
class RoutingListener {
  public:
    /// Subscribes; errors as redis::Subscriber::subscribe.
    static Result<std::unique_ptr<RoutingListener>> start(redis::Client& client,
                                                          redis::Subscriber& subscriber,
                                                          routing::RoutingTable& table);
    RoutingListener(const RoutingListener&) = delete;
    RoutingListener& operator=(const RoutingListener&) = delete;
    ~RoutingListener();

    /// From now on the table follows the record of `service`; loads it before returning unless it
    /// is watched already. No error when there is no record: one may come later. Fails when Redis
    /// cannot be asked; the service is watched nevertheless and loaded when it can.
    Result<void> watch(const std::string& service);

    /// The table then no longer follows it, and forgets it.
    void unwatch(const std::string& service);

  private:
    RoutingListener(redis::Client& client,
                    redis::Subscriber& subscriber,
                    routing::RoutingTable& table)
        : client_(client), subscriber_(subscriber), table_(table) {}

    Result<void> load(const std::string& service);
    void reload_soon(std::string_view service);
    void reload_all_soon();
    void run();

    redis::Client& client_;
    redis::Subscriber& subscriber_;
    routing::RoutingTable& table_;
    std::uint64_t reconnect_handler_ = 0;
    bool subscribed_ = false;

    std::mutex
        load_mutex_;  // one load after the other: an older answer must not replace a newer one

    std::mutex mutex_;
    std::condition_variable changed_;
    // Protected by mutex_:
    std::set<std::string, std::less<>> watched_;
    std::set<std::string> due_;
    bool stopping_ = false;

    std::thread thread_;
};

}  // namespace galileo::coord
