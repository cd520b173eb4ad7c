#!/usr/bin/python3
"""docs/summary.schema.json describes what `galileo run --summary=json` prints.

The summaries are golden files of the report room, so they are what the code prints today.
"""

import copy
import json
import pathlib
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs/summary.schema.json").read_text(encoding="utf-8"))
GOLDEN = ROOT / "src/report/golden"
CONTRACT = ["experiment", "status", "exit_code", "planned", "sent", "dropped", "completed", "failed", "stored",
            "lost", "duration_s", "rate", "latency_us", "send_lag_us", "hosts", "statuses"]


def summary(name):
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


def undescribed(value, schema, path=""):
    """The keys of a summary that the schema says nothing about."""
    schema = SCHEMA["definitions"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema
    if isinstance(value, list):
        return [key for item in value for key in undescribed(item, schema.get("items", {}), path + "[]")]
    if not isinstance(value, dict) or path == ".metadata":
        return []
    found = []
    for key, inner in value.items():
        below = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
        found += [f"{path}.{key}"] if below is None else undescribed(inner, below, f"{path}.{key}")
    return found


class SummarySchema(unittest.TestCase):
    def test_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_accepts_what_is_printed(self):
        for name in ["summary.json", "summary_empty.json"]:
            with self.subTest(name):
                jsonschema.validate(summary(name), SCHEMA, cls=jsonschema.Draft7Validator)

    def test_describes_every_key(self):
        for name in ["summary.json", "summary_empty.json"]:
            self.assertEqual(undescribed(summary(name), SCHEMA), [])

    def test_requires_the_contract_and_the_contract_comes_first(self):
        self.assertEqual(SCHEMA["required"], CONTRACT)
        self.assertEqual(list(summary("summary.json"))[:len(CONTRACT)], CONTRACT)

    def test_refuses_what_is_wrong(self):
        good = summary("summary.json")
        for change in [lambda s: s.pop("lost"), lambda s: s.update(status="fine"), lambda s: s.update(sent=-1),
                       lambda s: s["latency_us"]["intended"].pop("p999"), lambda s: s["statuses"].update(ok=1),
                       lambda s: s["hosts"].update(h={"requests": 1})]:
            wrong = copy.deepcopy(good)
            change(wrong)
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate(wrong, SCHEMA, cls=jsonschema.Draft7Validator)


if __name__ == "__main__":
    unittest.main()
