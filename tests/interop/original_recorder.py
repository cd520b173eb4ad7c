"""A recorder as the original's is one, written from the contract (2.9, 4.4 to 4.6, 5.2) alone: redis-py, sqlite3, nothing of ours.

Records from its start to its stop everything that Redis publishes, on a thread of its own, and stores it at the stop.
"""

import contextlib
import datetime
import json
import pathlib
import sqlite3
import threading
import time
import uuid
from typing import Any, Optional

import redis

TABLES = {
    "experiments": "EXP_ID VARCHAR(100) NOT NULL PRIMARY KEY, NAME VARCHAR(100), CREATOR VARCHAR(100), START DOUBLE, END DOUBLE, "
                   "CREATED DOUBLE, STATUS VARCHAR(30) NOT NULL",
    "metadata": "EXP_ID VARCHAR(100) NOT NULL PRIMARY KEY, DATA JSON NOT NULL",
    "nodeinfo": "EXP_ID VARCHAR(100) NOT NULL, NODE VARCHAR(50) NOT NULL, INFO_KEY VARCHAR(50), INFO_VALUE TEXT",
    "telemetry": "EXP_ID VARCHAR(100) NOT NULL, TIMESTAMP DOUBLE NOT NULL, METRIC VARCHAR(100) NOT NULL, SUBSYSTEM VARCHAR(100), "
                 "NODE VARCHAR(50) NOT NULL, VALUE DOUBLE NOT NULL",
    "events": "EXP_ID VARCHAR(100) NOT NULL, TIMESTAMP DOUBLE NOT NULL, NAME VARCHAR(100) NOT NULL, VALUE TEXT",
    "traces": "REQUEST_ID VARCHAR(36) NOT NULL, CLIENT VARCHAR(50) NOT NULL, SERVICE VARCHAR(50) NOT NULL, CREATED DOUBLE NOT NULL, "
              "SENT DOUBLE NOT NULL, DONE DOUBLE NOT NULL, STATUS INT, RESPONSE TEXT, HEADERS TEXT, SERVER VARCHAR(50), EXP_ID VARCHAR(100)",
}


def trace_of(line: str) -> Optional[tuple]:
    """The 11 values of a trace line in the order of the columns; None for one that is not to be read."""
    fields: list[Any] = [None if field == "None" else field for field in line.split(",", 10)]
    try:
        request_id, client, service, created, sent, done, status, server, exp_id, headers, response = fields
        numbers = (float(created), float(sent), float(done), int(status))
    except (TypeError, ValueError):
        return None
    return (request_id, client, service, *numbers, response and response.replace("\\n", "\n"),
            headers and headers.replace("|", ","), server, exp_id)


class OriginalRecorder:
    """Listens once it is made. `stop` stores and returns the experiment's id."""

    def __init__(self, client: redis.Redis, database: pathlib.Path, name: str, creator: str, metadata: dict):
        self.redis = client
        self.database = database
        self.exp_id = f"{datetime.datetime.now():%Y%m%d%H%M}-{uuid.uuid4().hex[:4]}"
        now = time.time()
        self.experiment = [self.exp_id, name, creator, now, None, now, "RUNNING"]
        self.metadata = {**metadata, "exp_id": self.exp_id}
        self.rows: dict[str, list[tuple]] = {name: [] for name in TABLES}
        self.pubsub = client.pubsub()
        self.pubsub.psubscribe("telem/*", "galileo/events")
        self.pubsub.subscribe("galileo/results/traces")
        for _ in range(3):
            assert self.pubsub.get_message(timeout=10)["type"].endswith("subscribe")
        self.save_nodes()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.listen)
        self.thread.start()

    def save_nodes(self) -> None:
        for channel in self.redis.pubsub_channels("telemcmd/*"):
            node = channel.removeprefix("telemcmd/")
            for key, value in self.redis.hgetall(f"telemd.info:{node}").items():
                self.rows["nodeinfo"].append((self.exp_id, node, key, value))

    def listen(self) -> None:
        while (message := self.pubsub.get_message(timeout=0.1)) is not None or not self.stopping.is_set():
            if message is not None:
                self.note(message["channel"], message["data"])

    def note(self, channel: str, payload: str) -> None:
        if channel == "galileo/results/traces":
            if trace := trace_of(payload):
                self.rows["traces"].append((*trace[:-1], self.exp_id))
        elif channel == "galileo/events":
            timestamp, name, *value = payload.split(" ", 2)
            self.rows["events"].append((self.exp_id, timestamp, name, value[0] if value else None))
        else:
            _, node, metric, *subsystem = channel.split("/", 3)
            timestamp, value = payload.split(" ")
            self.rows["telemetry"].append((self.exp_id, float(timestamp), metric, subsystem[0] if subsystem else None, node, float(value)))

    def stop(self) -> str:
        self.stopping.set()
        self.thread.join()
        self.pubsub.close()
        self.experiment[4], self.experiment[6] = time.time(), "FINISHED"
        self.rows["experiments"] = [tuple(self.experiment)]
        self.rows["metadata"] = [(self.exp_id, json.dumps(self.metadata))]
        with contextlib.closing(sqlite3.connect(self.database)) as connection, connection:
            for name, columns in TABLES.items():
                connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
                marks = ", ".join("?" * (columns.count(",") + 1))
                connection.executemany(f"INSERT INTO {name} VALUES ({marks})", self.rows[name])
        return self.exp_id
