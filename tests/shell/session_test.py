"""How sessions begin and end, and what goes to which of the outputs."""

import signal
import subprocess

import pytest

from conftest import Stage
from transcript import masked, shell, source


def test_a_file_echoes_no_values(ready: Stage) -> None:
    finished = source(ready, """
        import json
        def main():
            print(g.workers(), json.dumps(1))
            show.workers()
            rtbl.set('echo', ['host1:8080'])
            rtbl.print()
            rtbl
            c = g.spawn('echo', 2)
            show.info(parameters=False)
            exp.event('load', 'high')
            c.close()
        if __name__ == '__main__':
            main()
        1 + 1
        usage
    """)
    expected = """\
{'w1'} 1
{'w1'}
+---------------------------+----------------------+-----------+
| Service                   |                Hosts |   Weights |
+---------------------------+----------------------+-----------+
| echo                      |           host1:8080 |       1.0 |
+---------------------------+----------------------+-----------+
+-----------+--------+---------+---------+----------+--------+
| client id | worker | service | client  | requests | failed |
+-----------+--------+---------+---------+----------+--------+
| w1:echo:0 | w1     | echo    | default | 0        | 0      |
| w1:echo:1 | w1     | echo    | default | 0        | 0      |
+-----------+--------+---------+---------+----------+--------+
<time>: load = high
closing 2 clients
"""
    assert (masked(finished.stdout, expected), finished.stderr, finished.returncode) == (expected, "", 0)


def test_a_file_is_the_main_module(ready: Stage) -> None:
    finished = source(ready, """
        import pickle, __main__
        class Plan:
            pass
        print(type(pickle.loads(pickle.dumps(Plan()))).__name__, __main__.g is g, __file__.endswith('script.py'))
    """)
    assert (finished.stdout, finished.stderr, finished.returncode) == ("Plan True True\n", "", 0)


@pytest.mark.parametrize("text, code, last", [
    ("raise ValueError('no')", 1, "ValueError: no"), ("exit(7)", 7, ""), ("exit()", 0, ""), ("1 +", 1, "SyntaxError: invalid syntax"),
    ("rtbl.update_weights('x', [1])", 1, "galileo.errors.NotFound: No routing record found for service 'x'"),
    ("g.clients().add()", 1, "galileo.errors.InvalidInput: need config to add clients to group")])
def test_how_a_source_ends(ready: Stage, text: str, code: int, last: str) -> None:
    finished = source(ready, text)
    assert finished.returncode == code
    assert (finished.stderr.splitlines() or [""])[-1] == last


def test_a_source_that_cannot_be_read(ready: Stage) -> None:
    finished = shell(ready, "--source", "nosuch.py")
    assert finished.returncode == 2
    assert "nosuch.py: No such file or directory" in finished.stderr


def test_an_exception_does_not_end_a_piped_session(ready: Stage) -> None:
    finished = shell(ready, stdin="1/0\n'still here'\n")
    assert finished.stdout == "'still here'\n"
    assert finished.stderr.splitlines()[-1] == "ZeroDivisionError: division by zero"
    assert finished.returncode == 0


@pytest.mark.parametrize("text, out, last_error", [
    ("for i in range(2):\n  print(i)", "0\n1\n", ""),  # with no line after it that would end the block
    ("for i in range(2):\n  print(i)\n", "0\n1\n", ""),
    ("print(", "", "SyntaxError: '(' was never closed"),
    ("'x'", "'x'\n", ""),
    ("", "", ""),
])
def test_the_end_of_piped_input_ends_a_block(ready: Stage, text: str, out: str, last_error: str) -> None:
    finished = shell(ready, stdin=text)
    assert (finished.stdout, finished.returncode) == (out, 0)
    assert (finished.stderr.splitlines() or [""])[-1] == last_error


@pytest.mark.parametrize("arguments, code, out", [([], 3, "2\n"), (["--source", "script.py"], 0, "from the file\n")])
def test_the_launcher_of_the_original_ends_too(ready: Stage, arguments: list[str], code: int, out: str) -> None:
    (ready.directory / "script.py").write_text("print('from the file')\n")
    finished = subprocess.run(["/usr/bin/python3", "-i", "-m", "galileo.cli.shell", *arguments], input="1 + 1\nexit(3)\n",
                              env=ready.python(), cwd=ready.directory, capture_output=True, text=True, timeout=60)
    assert (finished.stdout, finished.stderr, finished.returncode) == (out, "", code)


def test_a_running_experiment_ends_with_the_session(ready: Stage) -> None:
    finished = shell(ready, stdin="exp.start()\n")
    assert finished.stdout == "experiment started\nwaiting for experiment to end...\nok\n"
    assert (finished.stderr, finished.returncode) == ("", 0)


def test_a_pending_future_does_not_keep_the_session(ready: Stage) -> None:
    finished = shell(ready, stdin="r = g.spawn('echo').request(ia=60)\nr\n")
    assert (finished.stdout, finished.stderr, finished.returncode) == ("RequestFuture(waiting for 1 clients)\n", "", 0)


def test_a_worker_that_hangs(ready: Stage) -> None:
    shell(ready, stdin="g.spawn('echo')\n")
    ready.workers["w1"].send_signal(signal.SIGSTOP)
    try:
        finished = shell(ready, stdin="g.ping()\nshow.info()\ng.clients().info()\nshow.clients()\n")
    finally:
        ready.workers["w1"].send_signal(signal.SIGCONT)
    assert finished.stdout == """\
[Timeout('WorkerDaemon.ping: no answer in time')]
[]
+-----------+--------+------------------------------------------------------------------------------+
| client_id | worker | config                                                                       |
+-----------+--------+------------------------------------------------------------------------------+
| w1:echo:0 | w1     | ClientConfig(service=echo, client=None, parameters=None, worker_labels:None) |
+-----------+--------+------------------------------------------------------------------------------+
"""
    assert finished.stderr == "a client does not answer: Client.get_info: no answer in time\n"


def test_without_redis(ready: Stage) -> None:
    finished = shell(ready, "--redis", "127.0.0.1:1")
    assert finished.returncode == 1
    assert finished.stderr.startswith("Could not initiate Redis connection: ")


def test_a_private_redis_is_refused(ready: Stage) -> None:
    ready.environment["galileo_redis_host"] = "file:///tmp/redis"
    finished = shell(ready, stdin="1\n")
    assert (finished.stdout, finished.returncode) == ("", 1)
    assert finished.stderr == ("Could not initiate Redis connection: galileo_redis_host=file://... is for programs that start "
                               "their own Redis; name a running one\n")


def test_without_workers(stage: Stage) -> None:
    finished = shell(stage, stdin="g.workers()\nshow.workers()\nshow.clients()\ng.clients()\ng.spawn('echo')\n")
    assert finished.stdout == "set()\nno available workers\nempty client group\n"
    assert finished.stderr.splitlines()[-1] == "galileo.errors.NotFound: No workers are registered."
