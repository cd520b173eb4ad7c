#!/usr/bin/python3
"""bin/galileo and bin/run, in a copy of the repository where a script stands for the program."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = '#!/bin/sh\necho "args: $*"\necho "zone: ${galileo_zone-unset} host: ${galileo_redis_host-unset}"\nexit 7\n'


class LauncherTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name) / "a copy"
        (self.root / "bin").mkdir(parents=True)
        for name in ("galileo", "run"):
            shutil.copy(REPOSITORY / "bin" / name, self.root / "bin" / name)

    def install(self):
        program = self.root / "build/release/src/cli/galileo"
        program.parent.mkdir(parents=True)
        program.write_text(PROGRAM)
        program.chmod(0o755)

    def run_launcher(self, *command, cwd="/"):
        environment = {"PATH": os.environ["PATH"]}
        return subprocess.run([str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True)

    def test_names_the_demo_when_nothing_is_built(self):
        done = self.run_launcher(self.root / "bin/galileo", "ps")
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(self.root / "bin/demo"), done.stderr)
        self.assertEqual(done.stdout, "")

    def test_runs_the_release_build_with_its_exit_code(self):
        self.install()
        done = self.run_launcher(self.root / "bin/galileo", "run", "a spec.yml")
        self.assertEqual((done.returncode, done.stdout.splitlines()[0]), (7, "args: run a spec.yml"))

    def test_is_found_through_symbolic_links(self):
        self.install()
        (self.root / "links").mkdir()
        (self.root / "links/one").symlink_to("../bin/galileo")
        (self.root / "links/two").symlink_to("one")
        done = self.run_launcher("./two", "ps", cwd=self.root / "links")
        self.assertEqual(done.stdout.splitlines()[0], "args: ps")

    def test_run_starts_each_part(self):
        self.install()
        for part in ("api", "worker", "experimentd", "shell"):
            done = self.run_launcher(self.root / "bin/run", part, "--logging=INFO")
            self.assertEqual((done.returncode, done.stdout.splitlines()[0]), (7, f"args: {part} --logging=INFO"))

    def test_run_shows_its_usage(self):
        self.assertEqual(self.run_launcher(self.root / "bin/run", "help").returncode, 0)
        for words in ([], ["dance"], ["worker2"], ["--envfile"]):
            done = self.run_launcher(self.root / "bin/run", *words)
            self.assertEqual(done.returncode, 1)
            self.assertIn("usage: bin/run [--envfile=FILE] COMMAND", done.stderr)

    def test_run_exports_what_the_file_exports(self):
        self.install()
        (self.root / "my.env").write_text("galileo_zone=A\nexport galileo_redis_host=$undefined_before/redis\n")
        done = self.run_launcher(self.root / "bin/run", "--envfile=my.env", "worker", cwd=self.root)
        self.assertEqual(done.stdout.splitlines()[1], "zone: unset host: /redis")

    def test_run_exports_all_of_its_own_file_and_lets_the_other_override_it(self):
        self.install()
        (self.root / "bin/.env").write_text("galileo_zone=A\ngalileo_redis_host=one\n")
        (self.root / "my.env").write_text("galileo_redis_host=two\n")
        done = self.run_launcher(self.root / "bin/run", f"--envfile={self.root}/my.env", "worker")
        self.assertEqual(done.stdout.splitlines()[1], "zone: A host: two")

    def test_run_refuses_a_file_that_is_not_there(self):
        done = self.run_launcher(self.root / "bin/run", "--envfile=none.env", "worker")
        self.assertEqual((done.returncode, done.stderr), (1, "none.env is not a file\n"))

    def test_run_takes_the_file_only_first(self):
        self.install()
        done = self.run_launcher(self.root / "bin/run", "worker", "--envfile=none.env")
        self.assertEqual(done.stdout.splitlines()[0], "args: worker --envfile=none.env")


if __name__ == "__main__":
    unittest.main()
