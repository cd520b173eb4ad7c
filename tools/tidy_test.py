#!/usr/bin/python3
"""Plants each violation in a small repository and expects tools/tidy.py to name it."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cpp_scan  # noqa: E402
import tidy  # noqa: E402

CLEAN = {
    "src/CMakeLists.txt": "foreach(name IN ITEMS base io engine)\n",
    "src/base/CMakeLists.txt": "room(base FLOOR 0 LIBRARIES fmt::fmt)\n",
    "src/base/README.md": "# base\n",
    "src/base/clock.h": "#pragma once\n",
    "src/base/clock.cc": '#include "base/clock.h"\nauto now() { return std::chrono::steady_clock::now(); }\n',
    "src/base/testing/fake_clock.h": "#pragma once\n",
    "src/io/CMakeLists.txt": "room(io FLOOR 1 DEPENDS base)\n",
    "src/io/README.md": "# io\n",
    "src/io/loop.h": '#pragma once\n#include "base/clock.h"\n',
    "src/io/loop.cc": '#include "io/loop.h"\n#include <vector>\n',
    "src/engine/CMakeLists.txt": "# comment room(x)\nroom(engine\n     FLOOR 3\n     DEPENDS base io)\n",
    "src/engine/README.md": "# engine\n",
    "src/engine/run.cc": '#include "io/loop.h"\n',
    "src/engine/run_test.cc": '#include "base/testing/fake_clock.h"\n',
}
EXTRA_ROOMS = {
    "src/CMakeLists.txt": "foreach(name IN ITEMS base io redis store engine)\n",
    "src/redis/CMakeLists.txt": "room(redis FLOOR 2 DEPENDS base io)\n",
    "src/store/CMakeLists.txt": "room(store FLOOR 2 DEPENDS base)\n",
}
TOO_LONG = "\n".join(["    step();"] * tidy.FUNCTION_LINES_MAX)


class TidyTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def run_on(self, changes: dict[str, str | None]) -> list[str]:
        for path, text in {**CLEAN, **changes}.items():
            if text is None:
                continue
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        return [str(finding) for finding in tidy.findings(self.root)]

    def assert_found(self, changes: dict[str, str | None], *parts: str):
        found = self.run_on(changes)
        self.assertTrue(any(all(part in line for part in parts) for line in found),
                        f"want one finding with {parts}, got {found}")

    def assert_clean(self, changes: dict[str, str | None]):
        self.assertEqual(self.run_on(changes), [])

    def test_accepts_a_clean_house(self):
        self.assert_clean({})


class FloorTest(TidyTest):
    def test_finds_an_upward_include(self):
        self.assert_found({"src/io/loop.cc": '\n#include "engine/run.h"\n'}, "src/io/loop.cc:2:", "does not list")

    def test_finds_an_upward_include_even_when_listed(self):
        self.assert_found({"src/io/CMakeLists.txt": "room(io FLOOR 1 DEPENDS base engine)\n",
                           "src/io/loop.cc": '#include "engine/run.h"\n'}, "src/io/loop.cc:1:", "not below 1")

    def test_finds_upward_depends(self):
        self.assert_found({"src/io/CMakeLists.txt": "room(io FLOOR 1 DEPENDS base engine)\n"},
                          "src/io/CMakeLists.txt:1:", "'io' (floor 1) DEPENDS on 'engine' (floor 3)")

    def test_finds_depends_on_the_same_floor(self):
        self.assert_found({"src/engine/CMakeLists.txt": "room(engine FLOOR 1 DEPENDS base io)\n"}, "(floor 1)", "'io'")

    def test_finds_a_lower_room_that_is_not_listed(self):
        self.assert_found({"src/engine/CMakeLists.txt": "room(engine FLOOR 3 DEPENDS io)\n",
                           "src/engine/run.cc": '#include "base/clock.h"\n'}, "src/engine/run.cc:1:", "add 'base'")

    def test_finds_depends_on_nothing(self):
        self.assert_found({"src/io/CMakeLists.txt": "room(io FLOOR 1 DEPENDS base cellar)\n"}, "'cellar'", "no room")

    def test_finds_a_kit_in_production_code(self):
        self.assert_found({"src/io/loop.cc": '#include "base/testing/fake_clock.h"\n'}, "test kit")

    def test_lets_kits_include_kits(self):
        self.assert_clean({"src/io/testing/pair.h": '#pragma once\n#include "base/testing/fake_clock.h"\n'})

    def test_finds_includes_that_do_not_start_at_the_root(self):
        self.assert_found({"src/io/loop.cc": '#include "loop.h"\n'}, "in no room")

    def test_finds_a_room_that_nobody_builds(self):
        self.assert_found({"src/CMakeLists.txt": "foreach(name IN ITEMS base io)\n"}, "'engine' is not built")

    def test_finds_rooms_in_the_wrong_order(self):
        self.assert_found({"src/CMakeLists.txt": "foreach(name IN ITEMS base engine io)\n"}, "lower floor")

    def test_finds_code_outside_rooms(self):
        self.assert_found({"src/attic/box.cc": "\n"}, "src/attic/box.cc:1:", "stands in no room")

    def test_finds_a_room_without_readme(self):
        self.assert_found({"src/io/README.md": None}, "has no README.md")

    def test_finds_a_room_named_unlike_its_folder(self):
        self.assert_found({"src/io/CMakeLists.txt": "room(inout FLOOR 1 DEPENDS base)\n"}, "'inout' lives in", "'io'")

    def test_compares_the_plan_with_the_house(self):
        plan = "| 0 | `base` | x |\n| 1 | `io` | x |\n| 2 | `engine` | x |\n"
        self.assert_found({"docs/architecture.md": plan}, "docs/architecture.md", "`engine` on floor 3")
        self.assert_clean({"docs/architecture.md": plan.replace("| 2 |", "| 3 |")})


class KnowledgeTest(TidyTest):
    def test_keeps_redis_out_of_the_engine(self):
        self.assert_found({**EXTRA_ROOMS, "src/engine/CMakeLists.txt": "room(engine FLOOR 3 DEPENDS base io redis)\n",
                           "src/engine/run.cc": '#include "redis/connection.h"\n'}, "'engine' must not know Redis")

    def test_keeps_sql_out_of_engine_tests_too(self):
        self.assert_found({"src/engine/run_test.cc": "#include <sqlite3.h>\n"}, "must not know", "SQL")

    def test_keeps_pybind_out_of_everything_but_python(self):
        self.assert_found({"src/io/loop.cc": "#include <pybind11/embed.h>\n"}, "only the room 'python'")
        self.assert_found({"src/io/loop.cc": "#include <Python.h>\n"}, "only the room 'python'")

    def test_keeps_libraries_in_their_homes(self):
        self.assert_found({"src/io/loop.cc": "#include <sqlite3.h>\n"}, "only store may")
        self.assert_found({"src/engine/run.cc": "#include <yaml-cpp/yaml.h>\n"}, "only apps, experiment may")
        self.assert_found({"src/engine/run.cc": "#include <archive.h>\n"}, "only apps may")

    def test_lets_tests_read_a_database_back(self):
        self.assert_clean({"src/io/loop_test.cc": "#include <sqlite3.h>\n"})

    def test_keeps_key_names_out_of_redis(self):
        self.assert_found({**EXTRA_ROOMS, "src/redis/README.md": "r", "src/redis/pool.cc": 'f("galileo:workers");\n'},
                          "src/redis/pool.cc:1:", "belong to the room 'coord'")
        self.assert_clean({**EXTRA_ROOMS, "src/redis/README.md": "r", "src/redis/pool.cc": '// "galileo:workers"\n'})


class CallTest(TidyTest):
    def assert_banned(self, code: str, remedy: str):
        with self.subTest(code):
            self.assert_found({"src/io/loop.cc": f"\nvoid f() {{\n    {code};\n}}\n"}, "src/io/loop.cc:3:", remedy)

    def test_finds_clocks(self):
        self.assert_banned("auto t = std::chrono::steady_clock::now()", "base::Clock&")
        self.assert_banned("auto t = std::chrono::system_clock::now()", "base::Clock&")
        self.assert_banned("::clock_gettime(CLOCK_REALTIME, &t)", "base::Clock&")
        self.assert_banned("time(nullptr)", "base::Clock&")

    def test_finds_sleeps(self):
        self.assert_banned("std::this_thread::sleep_for(1s)", "FakeClock")
        self.assert_banned("usleep(10)", "FakeClock")

    def test_finds_global_randomness(self):
        self.assert_banned("int n = rand()", "base::Rng&")
        self.assert_banned("std::random_device device", "base::Rng&")
        self.assert_banned("std::mt19937_64 generator", "base::Rng&")

    def test_finds_the_environment(self):
        self.assert_banned('auto home = std::getenv("HOME")', "base::Environment")

    def test_finds_exceptions_and_plain_asserts(self):
        self.assert_banned('throw std::runtime_error("x")', "return Error")
        self.assert_banned("assert(x)", "GALILEO_ASSERT")

    def test_accepts_a_reason(self):
        self.assert_clean({"src/io/loop.cc": "auto t = x_clock::now();  // tidy: measures the clock itself\n"})
        self.assert_clean({"src/io/loop.cc": "// tidy: measures the clock itself\nauto t = x_clock::now();\n"})
        self.assert_found({"src/io/loop.cc": "auto t = x_clock::now();  // tidy:\n"}, "uses x_clock::now")

    def test_ignores_comments_strings_and_look_alikes(self):
        self.assert_clean({"src/io/loop.cc": '// throw rand() getenv(x)\nauto s = "sleep_for(1) throw";\n'
                                             'auto r = R"(rand() "throw")";\nstatic_assert(true);\n'
                                             "int operand(int);\nauto n = 1'000'000; auto t = rng.rand();\n"})

    def test_bans_only_randomness_in_tests_of_the_whole(self):
        build = {"tests/e2e/CMakeLists.txt": "add_executable(a run_test.cc)\n"}
        self.assert_clean({**build, "tests/e2e/run_test.cc": "std::this_thread::sleep_for(1s);\n"})
        self.assert_found({**build, "tests/e2e/run_test.cc": "std::random_device d;\n"}, "base::Rng&")


class FileTest(TidyTest):
    def test_finds_long_files(self):
        self.assert_found({"src/io/loop.cc": "\n" * 601}, "src/io/loop.cc:600:", "601 lines, at most 600")
        self.assert_found({"tools/x.py": "\n" * 601}, "601 lines")

    def test_finds_long_functions(self):
        self.assert_found({"src/io/loop.cc": f"namespace a {{\nvoid Loop::run() {{\n{TOO_LONG}\n}}\n}}\n"},
                          "src/io/loop.cc:2:", "Loop::run has 72 lines, at most 70")
        self.assert_found({"tools/x.py": "def f():\n" + "    a = 1\n" * 70}, "f has 71 lines")

    def test_does_not_take_a_table_or_a_class_for_a_function(self):
        self.assert_clean({"src/io/loop.cc": "const Row kRows[] = {\n" + "    {1, f(2)},\n" * 90 + "};\n"})
        self.assert_clean({"src/io/loop.h": "#pragma once\nclass Loop final : public Base {\n"
                                            + "    void f() { g(); }\n" * 90 + "};\n"})

    def test_finds_markers(self):
        self.assert_found({"src/io/loop.cc": "// TO" + "DO: later\n"}, "leftover marker")
        self.assert_found({"docs/a.md": "FIX" + "ME\n"}, "docs/a.md:1:", "leftover marker")

    def test_finds_headers_without_guard(self):
        self.assert_found({"src/io/loop.h": "struct X {};\n"}, "#pragma once")
        self.assert_clean({"src/io/loop.h": "// Words first.\n#pragma once\n"})

    def test_finds_paths_of_one_machine(self):
        self.assert_found({"docs/a.md": "see /ro" + "ot/x\n"}, "docs/a.md:1:", "path of one machine")
        self.assert_clean({"docs/a.md": "see http://host/ro" + "ot/x\n"})

    def test_finds_private_registries(self):
        before = tidy.private_hosts
        self.addCleanup(setattr, tidy, "private_hosts", before)
        tidy.private_hosts = lambda: {"mirror.example.internal"}
        self.assert_found({"tools/x.sh": "curl https://mirror.example.internal/x\n"}, "names this machine's registry")

    def test_finds_sources_that_nothing_builds(self):
        self.assert_found({"tests/e2e/CMakeLists.txt": "\n", "tests/e2e/run_test.cc": "\n"}, "built by nothing")
        self.assert_found({"bench/a.cc": "\n"}, "built by nothing")


class DocumentTest(TidyTest):
    def test_finds_dead_links(self):
        self.assert_found({"docs/a.md": "x\n[b](b.md)\n"}, "docs/a.md:2:", "links to b.md")
        self.assert_found({"docs/a.md": "[b](b.md#two)\n", "docs/b.md": "# One\n"}, "no such heading")

    def test_follows_good_links(self):
        self.assert_clean({"docs/a.md": "[b](b.md#a-title-of-two) [c](https://x.y) [d](#here) `[e](e.md)`\n# Here\n",
                           "docs/b.md": "## A title, of *two*\n"})

    def test_finds_gaps_between_decisions(self):
        record = "".join(f"## {name}\n" for name in ("Context", "Choice", "Rejected", "How we teach it"))
        self.assert_clean({"docs/decisions/0001-a.md": record, "docs/decisions/0002-b.md": record})
        self.assert_found({"docs/decisions/0004-c.md": record}, "no decision 0003")
        self.assert_found({"docs/decisions/0004-d.md": record}, "has the number of")
        self.assert_found({"docs/decisions/0005-e.md": "# x\n"}, "no section 'Context'")
        self.assert_found({"docs/decisions/notes.md": record}, "NNNN-some-title.md")

    def test_finds_change_notes_of_unknown_kind(self):
        self.assert_clean({"changelog.d/ramp.added.md": "Ramps.\n"})
        self.assert_found({"changelog.d/ramp.md": "Ramps.\n"}, "topic.kind.md")
        self.assert_found({"changelog.d/wave.fixed.md": "\n"}, "is empty")


class GitTest(TidyTest):
    @unittest.skipUnless(shutil.which("git"), "git is not installed")
    def test_looks_at_new_files_but_not_at_ignored_ones(self):
        subprocess.run(["git", "init", "-q", str(self.root)], check=True)
        self.assert_clean({".gitignore": "/out/\n", "out/a.md": "[b](b.md)\n"})
        self.assert_found({"new.md": "[b](b.md)\n"}, "new.md:1:")

    def test_exits_with_the_verdict(self):
        self.run_on({})
        program = [sys.executable, tidy.__file__, str(self.root)]
        self.assertEqual(subprocess.run(program, capture_output=True).returncode, 0)
        (self.root / "src/io/loop.cc").write_text('#include "engine/run.h"\n')
        self.assertEqual(subprocess.run(program, capture_output=True).returncode, 1)


class ScanTest(unittest.TestCase):
    def names(self, code: str) -> list[str]:
        return [name for _, _, name in cpp_scan.functions(code)]

    def test_finds_functions_in_their_many_forms(self):
        self.assertEqual(self.names("Foo::Foo(int a) : a_{a}, b_{1} {\n x();\n}\nint f() { return 1; }"),
                         ["Foo::Foo", "f"])
        self.assertEqual(self.names("class A {\n public:\n A() : b(1) {}\n ~A() override { if (x) { y(); } }\n};"),
                         ["A", "~A"])
        self.assertEqual(self.names("template <class T>\nrequires(X<T>)\nauto g(T t) -> std::vector<T> { }"),
                         ["g"])
        self.assertEqual(self.names("namespace a::b {\nTEST(Rng, Works) { EXPECT_EQ(1, f({1, 2})); }\n}"),
                         ["Rng.Works"])
        self.assertEqual(self.names("struct Row { int a = 0; std::vector<int> b{1, 2}; };"), [])
        self.assertEqual(self.names('extern "C" {\nvoid h() {}\n}'), ["h"])

    def test_counts_from_the_heading_to_the_brace(self):
        self.assertEqual(cpp_scan.functions("\n\nint f(int a,\n      int b)\n{\n\n}\n"), [(3, 7, "f")])

    def test_is_not_misled_by_literals(self):
        self.assertEqual(self.names("char a = '{'; const char* b = \"{\"; auto c = R\"({)\"; // {\n/* { */ void f() {}"),
                         ["f"])

    def test_skips_macros(self):
        self.assertEqual(self.names("#define X(a) \\\n  if (a) {  \\\n  }\nvoid f() {}"), ["f"])


if __name__ == "__main__":
    unittest.main()
