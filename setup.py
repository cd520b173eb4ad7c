"""Builds the module _galileo and the program galileo with CMake, and puts both into the package."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = pathlib.Path(__file__).resolve().parent


class BuildWithCMake(build_ext):
    """Needs the packages that tools/setup-debian.sh --build installs."""

    def run(self) -> None:
        folder = pathlib.Path(self.build_temp).resolve() / "cmake"
        subprocess.run(["cmake", "--preset", "release", "-B", str(folder), f"-DPython_EXECUTABLE={sys.executable}"],
                       cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["cmake", "--build", str(folder), "--target", "_galileo", "galileo"], cwd=ROOT, check=True)
        goal = ROOT / "python" if self.inplace else pathlib.Path(self.build_lib)
        for module in (folder / "python").glob("_galileo.*"):
            self.copy_file(str(module), str(goal / module.name))
        if not self.inplace:
            self.copy_file(str(ROOT / "python/_galileo.pyi"), str(goal / "_galileo.pyi"))
        program = goal / "galileo" / "bin" / "galileo"
        program.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / "src" / "cli" / "galileo", program)
        os.chmod(program, 0o755)


def version() -> str:
    found = re.search(r"project\(galileo VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text())
    assert found is not None
    return found.group(1)


setup(version=version(), ext_modules=[Extension("_galileo", [])], cmdclass={"build_ext": BuildWithCMake})
