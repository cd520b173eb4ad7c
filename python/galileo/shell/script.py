"""For scripts: `from galileo.shell.script import *` puts g, show, rtbl, exp, eventbus, telemd and rds into the main module.

Redis is the one that galileo_redis_host, galileo_redis_port and galileo_redis_password name (or galileo_redis_url).
"""

import sys
from typing import List

from galileo.shell.shell import init, sleep
from galileo.worker.context import Context

_objects = init(Context().create_redis())
globals().update(_objects)
vars(sys.modules["__main__"]).update(_objects)

__all__: List[str] = ["sleep", *_objects]  # noqa: PLE0604
