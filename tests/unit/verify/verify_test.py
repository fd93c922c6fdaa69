"""tools/verify/tocsin_verify.py accepts a valid bundle and refuses every broken one, by name."""
import json
import pathlib
import re
import runpy
import subprocess
import sys
import tempfile
import unittest

import bundle_factory

ROOT = pathlib.Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "tools/verify/tocsin_verify.py"


class VerifierTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.cases = bundle_factory.Cases(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_script(self, text, *arguments, path=None):
        path = path or pathlib.Path(self.folder.name) / "bundle.json"
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        result = subprocess.run([sys.executable, SCRIPT, path, *arguments], capture_output=True,
                                text=True, check=False)
        self.assertNotIn("Traceback", result.stderr)
        return result

    def test_every_case(self):
        refused = 0
        for name, (text, expected) in self.cases.cases.items():
            with self.subTest(name):
                result = self.run_script(text)
                if expected == "ok":
                    self.assertEqual((result.returncode, result.stdout[:4]), (0, "ok: "),
                                     result.stdout)
                else:
                    refused += 1
                    self.assertEqual((result.returncode, result.stdout),
                                     (1, f"wrong: {expected}\n"))
        self.assertGreaterEqual(refused, 80)

    def test_counts_are_told(self):
        result = self.run_script(json.dumps(self.cases.bundle))

        self.assertIn("9 entries, 9 proofs, 9 commitments, 0 withheld, 1 signatures; log size 19",
                      result.stdout)
        self.assertIn("compare it with another copy", result.stdout)

    def test_withheld_entries_are_counted_and_not_failed(self):
        bundle = json.loads(json.dumps(self.cases.bundle))
        entry = bundle["entries"][2]
        entry["withheld"] = True
        del entry["body"], entry["salt"]
        entry["view"]["text"] = ""

        result = self.run_script(json.dumps(bundle))

        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("8 commitments, 1 withheld", result.stdout)

    def test_a_pinned_key_must_be_the_bundles(self):
        text = json.dumps(self.cases.bundle)
        good = self.run_script(text, "--key", self.cases.bundle["verifier_key"])
        other = self.run_script(text, "--key", self.cases.stranger.vkey(bundle_factory.ORIGIN))

        self.assertEqual(good.returncode, 0, good.stdout)
        self.assertIn("(as given)", good.stdout)
        self.assertEqual((other.returncode, other.stdout),
                         (1, "wrong: key: the bundle's key is not the one given with --key\n"))

    def test_the_timeline_prints_every_entry_on_one_safe_line(self):
        result = self.run_script(json.dumps(self.cases.bundle), "--timeline")

        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), 10)
        self.assertIn("@bob entry-recorded: Isolated 12 hosts", lines[1])

    def test_what_cannot_be_read_is_exit_code_2(self):
        missing = self.run_script(None, path=pathlib.Path(self.folder.name) / "missing.json")
        folder = self.run_script(None, path=pathlib.Path(self.folder.name))

        self.assertEqual((missing.returncode, folder.returncode), (2, 2))

    def test_bytes_that_are_not_text_are_refused(self):
        self.assertEqual(self.run_script(b"\xff\xfe{}").returncode, 1)
        half = self.run_script(json.dumps(self.cases.bundle | {"checkpoint": "\ud800\n\n\n"}))
        self.assertEqual(half.returncode, 1)

    def test_every_single_changed_byte_of_a_record_or_proof_is_refused(self):
        for entry, key in ((1, "record"), (6, "record"), (3, "proof")):
            for at in range(0, 249 if key == "record" else 32, 31):
                bundle = json.loads(json.dumps(self.cases.bundle))
                part = bundle["entries"][entry]
                if key == "record":
                    part[key] = bundle_factory.flip(part[key], at)
                else:
                    part[key][1] = bundle_factory.flip(part[key][1], at)
                result = self.run_script(json.dumps(bundle))
                self.assertEqual(result.returncode, 1, (entry, key, at))

    def test_the_scripts_types_are_those_of_the_format_document(self):
        document = (ROOT / "docs" / "storage-format.md").read_text(encoding="utf-8")
        written = {int(number): name for number, name
                   in re.findall(r"\| (\d\d) \| ([a-z]+(?:-[a-z]+)+) (?=\|)", document)}
        people = range(60, 70)  # the organisation's own timeline, which no bundle holds
        names = {number: name for number, name in written.items() if number not in people}

        self.assertEqual(runpy.run_path(str(SCRIPT), run_name="verifier")["TYPES"], names)
        self.assertEqual(len(names), 66)

    def test_the_script_is_short_and_stands_alone(self):
        text = SCRIPT.read_text(encoding="utf-8")

        self.assertLessEqual(text.count("\n"), 250)
        self.assertNotIn("import tocsin", text)


if __name__ == "__main__":
    unittest.main()
