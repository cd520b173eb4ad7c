"""Galileo: define, run and steer distributed load-testing experiments.

In a terminal, `galileo shell` gives an interactive session. In a script or a notebook the same objects come from

    >>> from galileo.shell.script import *
    >>> clients = g.spawn('echo', 5)               # five clients of service 'echo', spread over the workers
    >>> rtbl.set('echo', ['host1:8080', 'host2:8080'], [1, 2])
    >>> clients.rps(20)                            # each client sends 20 requests a second, from now on
    >>> clients.stats()                            # what they measured in the last seconds
    >>> clients.close()

or, with a Redis connection of your own, from `galileo.shell.shell.init(rds)`.

g       spawn and steer clients                         help(g), galileo.shell.shell.Galileo
show    tables of workers, clients and their counters   galileo.shell.shell.Show
exp     record an experiment into the database          galileo.shell.shell.Experiment
rtbl    which hosts a service's requests go to          galileo.shell.shell.RoutingTableHelper
telemd  telemetry daemons on the hosts                  galileo.shell.shell.Telemd

Which Redis is meant say the variables galileo_redis_host, galileo_redis_port and galileo_redis_password, or
galileo_redis_url. Every call that waits can be ended with Ctrl-C. After os.fork() a process needs a session of its own.

Modules: galileo.shell (the above), galileo.worker.api (the values that travel), galileo.worker.context (settings from the
environment), galileo.routing (routing records and tables), galileo.frames (recorded experiments as pandas DataFrames),
galileo.errors (exceptions).
"""

from _galileo import __version__  # noqa: F401
