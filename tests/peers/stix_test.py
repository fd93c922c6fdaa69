#!/usr/bin/env python3
"""STIX exports of hostile, mixed and many-tongued bundles keep to the standard, for every profile.

    stix_test.py TOCSIN

Each kind of fault is first shown to be found (check_stix.py says what is checked, and by what).
"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

from check_stix import load_schemas, wrong_in

FACTORY = pathlib.Path(__file__).resolve().parent.parent / "unit" / "report" / "report_factory.py"


def first(bundle, kind):
    return next(thing for thing in bundle["objects"] if thing["type"] == kind)


FAULTS = {
    "an unknown reference": lambda b: first(b, "report")["object_refs"].append(f"note--{'0' * 36}"),
    "an empty list": lambda b: first(b, "note").update(object_refs=[]),
    "a wrong identifier": lambda b: first(b, "identity").update(id="identity--1"),
    "two of one name": lambda b: b["objects"].append(copy.deepcopy(b["objects"][0])),
    "a time without a zone": lambda b: first(b, "note").update(created="2026-01-01T00:00:00.000"),
    "a missing property": lambda b: first(b, "note").pop("content"),
    "an old version": lambda b: first(b, "incident").update(spec_version="2.0"),
    "modified before created":
        lambda b: first(b, "note").update(modified="1999-01-01T00:00:00.000Z"),
}


def main():
    tocsin, passed = sys.argv[1], 0
    schemas = load_schemas()
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        subprocess.run([sys.executable, FACTORY, folder], check=True)
        for name in ("mixed", "named", "hostile", "scripts"):
            for profile in ("board", "regulator", "technical", "customer", "public"):
                out = folder / "out.json"
                subprocess.run([tocsin, "render", folder / f"{name}.json", "--profile", profile,
                                "--format", "stix", "--out", out, "--force"], check=True,
                               capture_output=True)
                bundle = json.loads(out.read_text(encoding="utf-8"))
                found = wrong_in(bundle, schemas)
                if found:
                    sys.exit(f"FAILED: {name} for {profile}: " + "\n".join(found[:5])[:2000])
                passed += 1
                if (name, profile) != ("mixed", "technical"):
                    continue
                for fault, break_it in FAULTS.items():
                    bad = copy.deepcopy(bundle)
                    break_it(bad)
                    if not wrong_in(bad, schemas):
                        sys.exit(f"FAILED: {fault} is not found")
                    passed += 1
                    if schemas is not None and fault == "a missing property":
                        if not any(schemas(thing) for thing in bad["objects"]):
                            sys.exit("FAILED: the schemas find nothing wrong")
                        passed += 1
    if schemas is None:
        print("SKIPPED in part: OASIS's schemas or python3-jsonschema are not here")
    print(f"{passed} passed, 0 failed")


if __name__ == "__main__":
    main()
