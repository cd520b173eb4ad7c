#include "experiment/spec_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/assert.h"

namespace galileo::experiment {

namespace {

std::vector<SpecKey> experiment_keys() {
    return {
        {"name", "text, at most 100 bytes", "the experiment's id", "Stored with the experiment."},
        {"creator", "text, at most 100 bytes", "the user who runs it",
         "Stored with the experiment."},
        {"metadata", "mapping, any content", "none",
         "Stored with the experiment as JSON, for your own evaluation."},
        {"seed", "whole number, 0 to 18446744073709551615", "drawn, and printed",
         "Of everything random. The same seed gives the same schedule of requests."},
        {"duration", "[duration](#values), above 0, at most 366d",
         "the longest of the profiles; required with `rate`, `distribution` and `max`",
         "No request starts after it."},
        {"interval", "duration, above 0", "required with `ticks`",
         "How long each tick of `ticks` holds."},
        {"services", "mapping of name to [service](#service)", "required",
         "What is tested. A name has letters, digits, `.`, `_` and `-`, at most 50."},
        {"workloads", "list of [workloads](#workload)", "required",
         "Who sends what, and when. All workloads start together."},
        {"workers", "whole number, 1 to 256, or list of [workers](#worker)", "1",
         "Worker processes to start on this machine. Not used with `--redis`: there the workers "
         "that are registered do the work."},
        {"targets", "mapping of name to [target](#target)", "none",
         "Sample services to start on this machine, for trying things out. A route names one as "
         "`target:NAME`."},
        {"connections", "whole number, 1 to 1000000", "no limit but the system's",
         "TCP connections open at once, over all workers. Requests that find none wait, and that "
         "wait is in their latency from the intended start."},
        {"connection", "`keep-alive`, `per-request`", "`keep-alive`",
         "Whether connections are used again, or each request opens its own."},
        {"trace", "[trace](#trace)", "every request is kept", "What is kept of each request."},
        {"database", "path", "what [`galileo_expdb_*`](database.md) name, else `galileodb.sqlite`",
         "An SQLite file. Relative to where `galileo run` is started."},
        {"drain_timeout", "duration, 0 to 1h", "10s",
         "How long to wait for the last answers after the last start. What is unanswered then "
         "counts as failed."},
    };
}

std::vector<SpecKey> workload_keys() {
    return {
        {"name", "text like a service's name", "the service's name",
         "In tables. Must differ from the other workloads' names."},
        {"service", "name of a service", "the only service; required when there are several",
         "Whose hosts the requests go to."},
        {"clients", "whole number, 1 to 1000000", "1",
         "Emulated clients, in total over all workers. Each walks through the routes by itself."},
        {"worker_labels", "mapping of `galileo_…` to text", "every worker",
         "Only workers that have all these labels get clients of this workload."},
        {"method", "HTTP method, any case", "`GET`", ""},
        {"path", "text that begins with `/`", "`/`", "May hold a query (`/search?q=x`)."},
        {"headers", "mapping of name to text or null", "none",
         "Added to, or in place of, the default headers; null removes a default one."},
        {"params", "mapping of name to scalar, null or list of scalars", "none",
         "Added to the query of the path."},
        {"cookies", "mapping of name to text", "none", "Sent as the `Cookie` header."},
        {"body", "text", "none",
         "Request body, sent as it is. At most one of `body`, `json` and `data`."},
        {"json", "anything", "none",
         "Request body as JSON, with `Content-Type: application/json`."},
        {"data", "mapping of name to scalar or list of scalars", "none",
         "Request body as a form (`application/x-www-form-urlencoded`)."},
        {"timeout", "duration, 0 to 1h", "30s",
         "For one request, from the send to the last byte. 0: none."},
        {"allow_redirects", "`true`, `false`", "`true`", "Whether redirects are followed."},
        {"verify", "`true`, `false`", "`true`", "Whether TLS certificates are checked."},
        {"app", "name of a client app", "none",
         "A client app makes the requests, instead of the keys from `method` to `verify`."},
        {"parameters", "mapping, any content", "none", "Handed to the client app."},
        {"rate", "number above 0, at most 1e9",
         "exactly one of `rate`, `ticks`, `stages`, `distribution` and `max` is required",
         "Steady load: requests per second, over the whole workload, until `duration`."},
        {"ticks", "list of numbers, 0 to 1e9", "see `rate`",
         "Requests per second over the whole workload; each holds for one `interval`. With "
         "`duration`, there must be as many as intervals in it."},
        {"stages", "list of [stages](#stage)", "see `rate`",
         "Straight ramps and plateaus, one after the other."},
        {"distribution", "[distribution](#distribution)", "see `rate`",
         "Every client pauses between its requests for as long as it draws from it."},
        {"max", "`true`", "see `rate`",
         "Closed loop: every client sends its next request as soon as an answer is there."},
        {"in_flight", "whole number, 1 to 100000", "1",
         "With `max`: requests that each client has open at once."},
        {"spacing", "`even`, `poisson`", "`even`",
         "With `rate`, `ticks` and `stages`: evenly spaced, or random as from many independent "
         "users, with the same rate on average."},
        {"max_requests", "whole number, 1 or more", "no limit",
         "The workload ends after this many requests, over all its clients."},
    };
}

std::vector<SpecSection> make_sections() {
    return {
        {"experiment", "Experiment", experiment_keys()},
        {"service",
         "Service",
         {{"routes", "list of hosts or of [routes](#route)",
           "the routing table in Redis is used as it is (only with `--redis`)",
           "The hosts behind the service. A host alone has weight 1."},
          {"router", "name of a router of the original", "`CachingSymmetryHostRouter`",
           "How a client finds the host: see [routers](#routers)."},
          {"balancer",
           "`weighted-round-robin`, `weighted-random`, `least-latency`, `power-of-two-choices`",
           "the worker's (`galileo_balancer`), `weighted-round-robin`",
           "How a client chooses among the hosts: see [routing](routing.md#balancers)."}}},
        {"route",
         "Route",
         {{"host",
           "`host`, `host:port` or `[v6]:port`, optionally with `http://` or `https://` before "
           "and a path behind; or `target:NAME`",
           "required", "Where the requests go."},
          {"weight", "whole number, 0 to 1000000", "1",
           "Share of the requests, relative to the other routes: each client goes round them in "
           "a fixed order (weighted round robin). 0: none. Not all may be 0."}}},
        {"workload", "Workload", workload_keys()},
        {"stage",
         "Stage",
         {{"duration", "duration, above 0", "required", ""},
          {"rate", "number, 0 to 1e9", "either `rate` or `to` is required",
           "Hold this rate: requests per second over the whole workload."},
          {"to", "number, 0 to 1e9", "see `rate`", "Go to this rate in a straight line."},
          {"from", "number, 0 to 1e9", "where the stage before ended; 0 in the first one",
           "With `to`: begin at this rate."}}},
        {"worker",
         "Worker",
         {{"labels", "mapping of `galileo_…` to text", "none",
           "What `worker_labels` is compared with, by convention `galileo_zone`. Names that "
           "configure Galileo itself (`galileo_redis_…`) or may hold secrets are refused."},
          {"threads", "whole number, 1 to 256", "1", "Threads that generate load."}}},
        {"target",
         "Target",
         {{"latency",
           "`2ms`, `1ms..5ms`, `exponential:5ms`, `normal:5ms,1ms` or `lognormal:5ms,2ms`", "`0s`",
           "How long an answer takes: fixed, uniform between two, or random with this mean and "
           "standard deviation."},
          {"size", "[size](#values), at most 1GiB", "64", "Bytes of the answer's body."},
          {"status", "HTTP status, 200 to 599, or mapping of status to weight", "200",
           "What is answered; with weights, at random in these shares."},
          {"freeze", "`DURATION@START`, such as `1.4s@10s`, or list of these", "none",
           "Nothing is answered for this long, START after the first request: what a pause of "
           "the garbage collector looks like."}}},
        {"trace",
         "Trace",
         {{"sink", "`stream`, `none`", "`stream`",
           "`stream`: every request becomes a row in the database. `none`: only statistics."},
          {"body_limit", "size, at most 1GiB", "64KiB",
           "Bytes of each answer kept in its row; the rest is counted and thrown away."}}},
    };
}

std::string table_cell(std::string_view text) {
    return text.empty() ? " " : fmt::format(" {} ", text);
}

/// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before(to.size() + 1);
    std::vector<std::size_t> row(to.size() + 1);
    std::vector<std::size_t> next(to.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 1; i <= from.size(); ++i) {
        next[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t replace = row[j - 1] + (from[i - 1] == to[j - 1] ? 0U : 1U);
            next[j] = std::min({row[j] + 1, next[j - 1] + 1, replace});
            if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                next[j] = std::min(next[j], before[j - 2] + 1);
            }
        }
        before.swap(row);
        row.swap(next);
    }
    return row[to.size()];
}

}  // namespace

std::vector<std::string_view> SpecSection::key_names() const {
    std::vector<std::string_view> names;
    names.reserve(keys.size());
    for (const auto& key : keys) {
        names.push_back(key.name);
    }
    return names;
}

const std::vector<SpecSection>& spec_sections() {
    static const std::vector<SpecSection> sections = make_sections();
    return sections;
}

const SpecSection& spec_section(std::string_view name) {
    const auto& all = spec_sections();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    GALILEO_ASSERT(found != all.end());
    return *found;
}

const std::vector<DistributionKey>& distribution_keys() {
    static const std::vector<DistributionKey> keys = {
        {"constant", {{"interval", {}}}, "always `interval` seconds"},
        {"uniform", {{"a", {}}, {"b", {}}}, "anything from a to b alike"},
        {"triangular",
         {{"low", 0.0}, {"high", 1.0}, {"mode", {}}},
         "from low to high, most often near mode (default: the middle)",
         true},
        {"normalvariate", {{"mu", 0.0}, {"sigma", 1.0}}, "normal, mean mu; below 0 means no pause"},
        {"gauss", {{"mu", 0.0}, {"sigma", 1.0}}, "the same as normalvariate"},
        {"lognormvariate",
         {{"mu", {}}, {"sigma", {}}},
         "exp of a normal; mean exp(mu + sigma²/2), median exp(mu)"},
        {"expovariate",
         {{"lambd", {}}},
         "exponential with the rate lambd, mean 1/lambd: independent arrivals"},
        {"vonmisesvariate", {{"mu", {}}, {"kappa", {}}}, "an angle around mu, 0 to 2π"},
        {"gammavariate", {{"alpha", {}}, {"beta", {}}}, "gamma, mean alpha·beta"},
        {"betavariate", {{"alpha", {}}, {"beta", {}}}, "from 0 to 1, mean alpha/(alpha + beta)"},
        {"paretovariate", {{"alpha", {}}}, "at least 1, mean alpha/(alpha − 1): long tail"},
        {"weibullvariate", {{"alpha", {}}, {"beta", {}}}, "alpha is the scale, beta the shape"},
    };
    return keys;
}

const DistributionKey* find_distribution(std::string_view name) {
    const auto& all = distribution_keys();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    return found == all.end() ? nullptr : &*found;
}

std::string spec_section_table(const SpecSection& section) {
    std::string table = "| key | value | default | meaning |\n|---|---|---|---|\n";
    for (const auto& key : section.keys) {
        table += fmt::format("| `{}` |{}|{}|{}|\n", key.name, table_cell(key.value),
                             table_cell(key.fallback), table_cell(key.meaning));
    }
    return table;
}

std::string distribution_table() {
    std::string table = "| name | parameters | pauses, in seconds |\n|---|---|---|\n";
    for (const auto& distribution : distribution_keys()) {
        std::string parameters;
        for (const auto& parameter : distribution.parameters) {
            parameters += fmt::format("{}`{}`", parameters.empty() ? "" : ", ", parameter.name);
            if (parameter.fallback) {
                parameters += fmt::format(" ({})", *parameter.fallback);
            }
        }
        table += fmt::format("| `{}` | {} | {} |\n", distribution.name, parameters,
                             distribution.meaning);
    }
    return table;
}

std::optional<std::string_view> nearest_word(std::string_view word,
                                             const std::vector<std::string_view>& known) {
    constexpr std::size_t kLongestWord = 64;  // the distance costs the product of the lengths
    std::optional<std::string_view> nearest;
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const auto& candidate : known) {
        const bool comparable = word.size() <= kLongestWord && candidate.size() <= kLongestWord;
        const std::size_t distance = comparable ? edit_distance(word, candidate) : least;
        if (distance < least && distance < candidate.size()) {
            least = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

std::string allowed_words(std::string_view word, const std::vector<std::string_view>& known) {
    constexpr std::size_t kMostShown = 30;
    std::string text;
    if (const auto nearest = nearest_word(word, known)) {
        text = fmt::format("did you mean '{}'? ", *nearest);
    }
    text += "allowed: ";
    for (std::size_t at = 0; at < std::min(known.size(), kMostShown); ++at) {
        text += fmt::format("{}{}", at == 0 ? "" : ", ", known[at]);
    }
    return known.size() > kMostShown ? text + ", …" : text;
}

}  // namespace galileo::experiment
