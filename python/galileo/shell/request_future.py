"""A workload that ends, as something to wait for."""

import time
from typing import Any, Dict, List, Optional

from galileo.errors import GalileoError

_LOOK_FOR_LOST = 1.0  # seconds between looks whether the clients still exist


class RequestFuture:
    """The workload that `ClientGroup.request` has started.

    >>> future = clients.request(n=100, ia=0.1)
    >>> future.wait(60)           # returns when each client has the answer to its last request
    >>> future.done
    True
    """

    def __init__(self, session: Any, clients: Dict[str, List[str]]):
        self._session = session
        self._clients = clients
        self._watch = session.watch_done([id for ids in clients.values() for id in ids])
        self._aborted = False

    def wait(self, timeout: Optional[float] = None, abort_after_timeout: bool = True) -> None:
        """Returns once every client is done, the future is aborted, or `timeout` seconds are over; then, unless
        `abort_after_timeout` is False, the clients are stopped. Raises GalileoError when clients are gone before they
        were done, because they were closed or their worker has died."""
        deadline = None if timeout is None else time.monotonic() + timeout
        lost: List[str] = []
        while True:
            left = _LOOK_FOR_LOST if deadline is None else deadline - time.monotonic()
            if self._watch.wait(max(0.0, min(left, _LOOK_FOR_LOST))):
                break
            if deadline is not None and time.monotonic() >= deadline:
                if abort_after_timeout:
                    self.abort()
                return
            waiting = set(self._watch.waiting())
            for client_id in self._session.gone(
                    {worker: [id for id in ids if id in waiting] for worker, ids in self._clients.items()}):
                lost.append(client_id)
                self._watch.done(client_id)
        if lost and not self._aborted:
            self._aborted = True
            raise GalileoError(f"{len(lost)} clients are gone before they were done, {lost[0]} among them: they were "
                               "closed, or their worker has died. show.workers() tells who is there; spawn new ones")

    def abort(self) -> None:
        """Stops the clients. No effect once they are done."""
        if not self.stopped():
            self._aborted = True
            self._watch.cancel()
            self._session.stop_workload(self._clients)

    def superseded(self) -> None:
        """Another command has replaced the workload: nothing is waited for any more."""
        if not self.stopped():
            self._aborted = True
            self._watch.cancel()

    @property
    def done(self) -> bool:
        """Whether every client has used the workload up."""
        return not self._aborted and not self._watch.waiting()

    @property
    def aborted(self) -> bool:
        """Whether it was ended before."""
        return self._aborted

    def stopped(self) -> bool:
        """Whether it is done or aborted."""
        return self.done or self.aborted

    def __repr__(self) -> str:
        state = "aborted" if self.aborted else "done" if self.done else f"waiting for {len(self._watch.waiting())} clients"
        return f"RequestFuture({state})"
