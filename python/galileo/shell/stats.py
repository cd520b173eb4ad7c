"""What a group of clients measured in the last seconds."""

from typing import Any, Dict, Optional


def _seconds(value: Optional[float]) -> str:
    if value is None:
        return "–"
    if value < 1e-3:
        return f"{value * 1e6:.0f}µs"
    return f"{value * 1e3:.3g}ms" if value < 1 else f"{value:.3g}s"


class Stats(Dict[str, Any]):
    """A dict with a table for its repr.

    seconds        that it covers; 0: no report yet
    others         clients that are counted too though they are not of the group: of the same service, on the same worker
    reporting      how many pairs of worker and service have reported
    rate           answers a second
    planned, sent, dropped, late, completed, failed    counts of requests; dropped were never sent, late ones went out
                   more than 10 ms after their time, failed ones had no answer or a status of 300 or above
    statuses       completed requests by HTTP status; -1: none
    errors         those without a status by reason: timeout, refused, ...
    latency        seconds from the intended start of a request to its answer: p50, p90, p99, p99.9, max. Free of
                   coordinated omission; None without answers
    service_time   the same from the actual sending
    bytes_received
    """

    def __repr__(self) -> str:
        if not self["seconds"]:
            return "no statistics yet: the workers report once a second, once clients have a workload"
        names = ("p50", "p90", "p99", "p99.9", "max")
        failed = f"{self['failed']} failed"
        if self["errors"]:
            failed += " (" + ", ".join(f"{count} {reason}" for reason, count in sorted(self["errors"].items())) + ")"
        lines = [f"last {self['seconds']:.0f} s: {self['rate']:.1f}/s, {self['sent']} sent, {self['completed']} completed, "
                 f"{failed}, {self['dropped']} dropped",
                 "statuses      " + (", ".join(f"{status}: {count}" for status, count in sorted(self["statuses"].items()))
                                     or "–"),
                 "              " + "".join(f"{name:>9}" for name in names)]
        for title, key in (("latency", "latency"), ("service time", "service_time")):
            lines.append(f"{title:<14}" + "".join(f"{_seconds(self[key][name]):>9}" for name in names))
        if self["others"]:
            lines.append(f"{self['others']} other clients of the same services on these workers are counted too")
        return "\n".join(lines)
