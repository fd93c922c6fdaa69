#!/usr/bin/env python3
"""Checks STIX 2.1 bundles by the standard's rules, and by OASIS's JSON schemas where they are.

    check_stix.py FILE…      exit 0: all good; 1: says what is wrong

The rules are of STIX 2.1 sections 2 and 3: identifiers, times, references, required properties.
The schemas are those of oasis-open/cti-stix2-json-schemas in ../shared/data/schemas/stix beside
the checkout, not part of it; without them or python3-jsonschema the rules stand alone, and this is
said. Their bundle.json knows only some types, so each object is held against its own type's.
"""
import datetime
import json
import pathlib
import re
import sys
import urllib.parse
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = ROOT.parent / "shared" / "data" / "schemas" / "stix" / "schemas"
ID = re.compile(r"([a-z][a-z0-9-]+[a-z0-9])--"
                r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,}Z")
PATTERN = re.compile(r"\[(ipv4-addr:value|ipv6-addr:value|url:value|domain-name:value|"
                     r"file:hashes\.(MD5|'SHA-1'|'SHA-256')) = '(?:[^'\\]|\\['\\])+'\]")
NEEDED = {"identity": ("name", "identity_class"), "incident": ("name",),
          "note": ("content", "object_refs"), "report": ("name", "published", "object_refs"),
          "indicator": ("pattern", "pattern_type", "valid_from"),
          "marking-definition": ("created",)}
TIMES = ("created", "modified", "published", "valid_from")


def moment(text):
    return datetime.datetime.fromisoformat(text[:23] + "+00:00") if TIME.fullmatch(text) else None


def wrong_in_object(thing, known):
    name = thing.get("id", "?")
    formed = ID.fullmatch(name)
    if not formed or formed.group(1) != thing.get("type"):
        yield f"{name}: not an identifier of its type"
    if thing.get("spec_version") != "2.1":
        yield f"{name}: spec_version is not 2.1"
    for key in NEEDED.get(thing.get("type"), ("x-unknown-type",)):
        if not thing.get(key):
            yield f"{name}: {key} is missing or empty"
    for key in TIMES:
        if key in thing and moment(thing[key]) is None:
            yield f"{name}: {key} is not a time: {thing[key]}"
    marking = thing.get("type") == "marking-definition"
    if marking == ("modified" in thing):
        yield f"{name}: all but markings are versioned"
    if "modified" in thing and thing["modified"] < thing["created"]:
        yield f"{name}: modified before it was created"
    refs = thing.get("object_refs", []) + thing.get("object_marking_refs", [])
    for ref in refs + ([thing["created_by_ref"]] if "created_by_ref" in thing else []):
        if ref not in known:
            yield f"{name}: refers to {ref}, which is not in the bundle"
    for key, value in thing.items():
        if value in ([], {}, ""):
            yield f"{name}: {key} is empty, which must be left out"
    if thing.get("type") == "indicator" and not PATTERN.fullmatch(thing.get("pattern", "")):
        yield f"{name}: not a pattern: {thing.get('pattern')}"


def wrong_by_rules(bundle):
    formed = ID.fullmatch(bundle.get("id", ""))
    if bundle.get("type") != "bundle" or not formed or formed.group(1) != "bundle":
        yield "not a bundle with an identifier"
    objects = bundle.get("objects", [])
    known = [thing.get("id") for thing in objects]
    if not objects or len(set(known)) != len(known):
        yield "no objects, or one identifier for two"
    known = set(known)
    for thing in objects:
        yield from wrong_in_object(thing, known)


def absolute(part, base):
    """Every reference as a whole address: libraries disagree on what is relative to what."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            part["$ref"] = urllib.parse.urljoin(base, part["$ref"])
        part = list(part.values())
    if isinstance(part, list):
        for value in part:
            absolute(value, base)


def load_schemas():
    """By type, with a function that lists what a schema finds wrong; None when there are none."""
    try:
        import jsonschema
    except ImportError:
        return None
    by_name, by_address = {}, {}
    for file in SCHEMAS.rglob("*.json"):
        schema = json.loads(file.read_text(encoding="utf-8"))
        address = schema.pop("$id")
        absolute(schema, address)
        by_name[file.stem] = by_address[address] = schema
    if not by_name:
        return None
    warnings.simplefilter("ignore", DeprecationWarning)

    def problems(thing):
        schema = by_name[thing["type"]]
        resolver = jsonschema.RefResolver("", schema, store=by_address)
        kind = jsonschema.validators.validator_for(schema)
        return [f"{thing['id']}: {error.message[:300]}"
                for error in kind(schema, resolver=resolver).iter_errors(thing)]
    return problems


def wrong_in(bundle, schemas):
    found = list(wrong_by_rules(bundle))
    if schemas is not None and not found:
        for thing in bundle["objects"]:
            found += schemas(thing)
    return found


def main():
    schemas = load_schemas()
    failed = False
    objects = 0
    for name in sys.argv[1:]:
        bundle = json.loads(pathlib.Path(name).read_text(encoding="utf-8"))
        objects += len(bundle["objects"])
        for what in wrong_in(bundle, schemas):
            print(f"{name}: {what}")
            failed = True
    by = "the rules and OASIS's schemas" if schemas else "the rules alone: no schemas here"
    print(f"{len(sys.argv) - 1} bundles, {objects} objects, checked by {by}")
    sys.exit(failed or len(sys.argv) == 1)


if __name__ == "__main__":
    main()
