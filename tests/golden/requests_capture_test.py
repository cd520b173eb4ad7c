#!/usr/bin/python3
"""The golden rows of requests and responses are what python-requests does today.

Compared with the version that wrote them only: another one may send something else. Skipped without python-requests.
"""

import json
import pathlib
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
CAPTURED_WITH = ("2.28.1", "1.26.12")

try:
    import capture_requests
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


class CaptureTest(unittest.TestCase):
    maxDiff = None

    def test_the_golden_rows_are_captured_again(self):
        found = (capture_requests.requests.__version__, capture_requests.urllib3.__version__)
        if found != CAPTURED_WITH:
            self.skipTest(f"python-requests and urllib3 are {found}, the rows are of {CAPTURED_WITH}")
        for file, rows in capture_requests.capture().items():
            golden = [json.loads(line) for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]
            self.assertEqual([row["name"] for row in rows], [row["name"] for row in golden], file)
            for row, known in zip(rows, golden):
                with self.subTest(row["name"]):
                    self.assertEqual(json.loads(json.dumps(row)), known)

    def test_names_are_unique(self):
        for cases in (capture_requests.requests_cases, capture_requests.responses_cases):
            names = [row["name"] for row in cases.ROWS]
            self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main()
