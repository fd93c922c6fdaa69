#!/usr/bin/env python3
"""The JSON schemas for editors, against the files they are for: every playbook and its tests, every
example of the documentation, and files that must be refused."""
import json
import pathlib
import re
import sys
import unittest

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}; tools/deps installs it")
    sys.exit(77)

PLAYBOOKS = pathlib.Path(__file__).resolve().parents[3] / "playbooks"
INCIDENTS = PLAYBOOKS / "incidents"
STEP = {"id": "x", "title": "X", "phase": "triage", "role": "dpo", "instructions": "X."}


def validator(name):
    schema = json.loads((INCIDENTS / name).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def playbook(*steps):
    return {"format": "tocsin-playbook-v1", "id": "p", "title": "P", "version": "1.0",
            "summary": "S.", "steps": list(steps)}


class SchemaTest(unittest.TestCase):
    def setUp(self):
        self.playbooks = validator("playbook.schema.json")
        self.tests = validator("playbook-test.schema.json")

    def assert_good(self, schema, document, name):
        self.assertEqual([error.message for error in schema.iter_errors(document)], [], name)

    def assert_refused(self, document):
        self.assertFalse(self.playbooks.is_valid(document), document)

    def test_every_file_of_the_folder(self):
        files = sorted(INCIDENTS.glob("*.yaml"))
        self.assertGreaterEqual(len(files), 2)
        for file in files:
            schema = self.tests if file.name.endswith(".test.yaml") else self.playbooks
            self.assert_good(schema, yaml.safe_load(file.read_text(encoding="utf-8")), file.name)

    def test_every_example_of_the_documentation(self):
        blocks = re.findall(r"```yaml\n(.*?)```",
                            (PLAYBOOKS / "README.md").read_text(encoding="utf-8"), re.DOTALL)
        self.assertGreaterEqual(len(blocks), 7)
        for block in blocks:
            document = yaml.safe_load(block)
            if isinstance(document, list):
                self.assert_good(self.playbooks, playbook(*document), block)
            elif isinstance(document, dict) and "tests" in document:
                self.assert_good(self.tests, document, block)
            elif isinstance(document, dict) and "steps" in document:
                self.assert_good(self.playbooks, document, block)
            elif isinstance(document, dict):
                self.assert_good(self.playbooks, playbook(STEP | document), block)

    def test_what_the_reader_refuses_the_editor_marks(self):
        self.assert_good(self.playbooks, playbook(STEP), "the good one")
        for bad in ({"needs": "x"}, {"titel": "X"}, {"role": "boss"}, {"due": "30"},
                    {"due": {"remind": "1h"}}, {"evidence": []}, {"evidence": ["none", "note"]},
                    {"when": {}}, {"when": {"fact": "a"}}, {"when": {"anchor": "a", "is": "b"}},
                    {"when": {"anchor": "a", "regime": "b"}}, {"when": {"all_of": []}},
                    {"when": {"severity_at_least": "sev0"}}, {"repeat": {"every": "1h"}},
                    {"questions": [{"id": "q", "ask": "Q"}]}, {"mandatory": "yes"},
                    {"instructions": ""}):
            self.assert_refused(playbook(STEP | bad))
        for missing in STEP:
            self.assert_refused(playbook({k: v for k, v in STEP.items() if k != missing}))
        self.assert_refused(playbook())


if __name__ == "__main__":
    unittest.main()
