"""A host telemetry daemon as the original's is one, written from the contract (1.2, 4.6, 10.39) and its capture: redis-py, nothing of ours.

Publishes what a test says, in the original's form: the nanoseconds of the timestamp without leading zeros.
"""

import threading

import redis

INFO = {"arch": "amd64", "boot": "1795486434", "hostname": "vm", "ram": "24683620", "cpus": "2", "disk": "vda zram0",
        "net": "eth0 ifb0 ifb1", "netspeed": "-1"}


class OriginalTelemd:
    """Registered, and obeying commands on a thread of its own, once it is made."""

    def __init__(self, client: redis.Redis, node: str):
        self.redis = client
        self.node = node
        self.paused = threading.Event()
        self.commands: list[str] = []
        self.announce()
        self.pubsub = client.pubsub()
        self.pubsub.subscribe(**{f"telemcmd/{node}": self.obey})
        assert self.pubsub.get_message(timeout=10)["type"] == "subscribe"
        self.thread = self.pubsub.run_in_thread(sleep_time=0.01)

    def announce(self) -> None:
        self.redis.hset(f"telemd.info:{self.node}", mapping=INFO)

    def obey(self, message: dict) -> None:
        command = message["data"]
        if command == "pause":
            self.paused.set()
        elif command == "unpause":
            self.paused.clear()
        elif command == "info":
            self.announce()
        self.commands.append(command)

    def sample(self, metric: str, seconds: int, nanoseconds: int, value: float) -> None:
        """Publishes one, unless it is paused."""
        if not self.paused.is_set():
            self.redis.publish(f"telem/{self.node}/{metric}", "%d.%d %f" % (seconds, nanoseconds, value))

    def stop(self) -> None:
        """As at its SIGTERM."""
        self.redis.delete(f"telemd.info:{self.node}")
        self.thread.stop()
        self.thread.join()
        self.pubsub.close()
