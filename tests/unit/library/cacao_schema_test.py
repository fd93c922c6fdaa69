#!/usr/bin/env python3
"""The CACAO playbooks that cacao_test took in and gave out, against a schema of CACAO 2.0.

    cacao_schema_test.py FOLDER    of *.jsonl, one playbook a line
"""
import copy
import json
import pathlib
import sys
import unittest

try:
    import jsonschema
except ImportError as missing:
    print(f"skipped: {missing}; tools/deps installs it")
    sys.exit(77)

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "data" / "cacao-2.0.schema.json"
FOLDER = pathlib.Path(sys.argv.pop(1))


def samples(name):
    with open(FOLDER / f"{name}.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class CacaoSchemaTest(unittest.TestCase):
    def setUp(self):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(schema)
        self.schema = jsonschema.Draft7Validator(schema)

    def assert_all_good(self, documents):
        for document in documents:
            errors = [f"/{'/'.join(map(str, error.absolute_path))}: {error.message}"
                      for error in self.schema.iter_errors(document)]
            self.assertEqual(errors, [], document["name"])

    def test_generated(self):
        documents = samples("generated")
        self.assertGreaterEqual(len(documents), 800)
        self.assert_all_good(documents)
        kinds = {step["type"] for document in documents for step in document["workflow"].values()}
        self.assertEqual(kinds, {"start", "end", "action", "playbook-action", "parallel",
                                 "if-condition", "while-condition", "switch-condition"})

    def test_own(self):
        self.assertGreaterEqual(len(samples("own")), 2)
        self.assert_all_good(samples("own") + samples("conditions"))

    def test_published(self):
        self.assert_all_good(samples("published"))

    def test_the_schema_refuses(self):
        good = samples("generated")[0]
        step = next(id for id in good["workflow"] if id.startswith("action--"))

        def changed(change):
            document = copy.deepcopy(good)
            change(document)
            return document

        for change in (lambda d: d.update(workflow=[]),
                       lambda d: d.update(spec_version="1.1"),
                       lambda d: d.update(colour="red"),
                       lambda d: d.update(modified="yesterday"),
                       lambda d: d["workflow"].update({"action--7": d["workflow"][step]}),
                       lambda d: d["workflow"][step].pop("commands"),
                       lambda d: d["workflow"][step].update(condition="x"),
                       lambda d: d["workflow"][step].update(on_success=step, on_completion=step)):
            self.assertFalse(self.schema.is_valid(changed(change)))


if __name__ == "__main__":
    unittest.main()
