"""The types in python/_galileo.pyi are those of the compiled module: the same names, the same arguments."""

import ast
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# pybind11 writes the arguments of a method into the first line of its docstring.
DESCRIBE = r"""
import json, re, _galileo

def arguments(method):
    line = method.__doc__.split("\n")[0]
    inside = line[line.index("(") + 1:line.rindex(") ->")]
    names = re.findall(r"(?:^|, )\**(\w+)(?::|$|, )", re.sub(r"\[[^\[\]]*(\[[^\[\]]*\][^\[\]]*)*\]", "", inside))
    return [name for name in names if name not in ("self", "arg0", "kwargs")]

classes = {}
for name, value in vars(_galileo).items():
    if isinstance(value, type) and not issubclass(value, Exception):
        classes[name] = {key: arguments(getattr(value, key)) for key, member in vars(value).items()
                         if (key == "__init__" and "(self: " in member.__doc__)
                         or (not key.startswith("_") and not isinstance(member, property))}
print(json.dumps({"classes": classes, "exceptions": {
    name: [base.__name__ for base in value.__bases__] for name, value in vars(_galileo).items()
    if isinstance(value, type) and issubclass(value, Exception)}}))
"""


def of_stub() -> dict:
    found: dict = {"classes": {}, "exceptions": {}}
    for node in ast.parse((ROOT / "python/_galileo.pyi").read_text()).body:
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
        if bases:
            found["exceptions"][node.name] = bases
            continue
        found["classes"][node.name] = {
            method.name: [one.arg for one in [*method.args.args[1:], *filter(None, [method.args.vararg])]]
            for method in node.body if isinstance(method, ast.FunctionDef)
            and not any(isinstance(one, ast.Name) and one.id == "property" for one in method.decorator_list)}
    return found


def of_module(binary: str) -> dict:
    package = pathlib.Path(binary).resolve().parents[2] / "python"
    done = subprocess.run([sys.executable, "-c", DESCRIBE], env={"PYTHONPATH": str(package)}, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_stub_names_what_the_module_has(binary: str) -> None:
    assert of_stub() == of_module(binary)


def test_stub_stands_beside_the_module(binary: str) -> None:
    assert (pathlib.Path(binary).resolve().parents[2] / "python/_galileo.pyi").exists()
