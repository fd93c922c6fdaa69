#!/usr/bin/env python3
"""Validates JSON files against a schema with Debian's python3-jsonschema.

    json_schema.py SCHEMA FILE...          exit 1 and one line for each thing that is wrong
    json_schema.py SCHEMA --self-test      shows that the schema refuses what it must refuse

The self-test belongs to tests/data/dora-incident-report.schema.json: a schema that lets everything
pass would prove nothing.
"""
import copy
import json
import sys

import jsonschema

GOOD = {
    "incidentSubmission": "initial_notification",
    "submittingEntity": {"entityType": "SUBMITTING_ENTITY", "name": "Example Insurance NV"},
    "affectedEntity": [{"entityType": "AFFECTED_ENTITY", "name": "Example Insurance NV",
                        "LEI": "5493001KJTIIGC8Y1R12"}],
    "primaryContact": {"name": "Ada"},
    "incident": {"financialEntityCode": "INC-2026-0001", "incidentDescription": "Ransomware",
                 "detectionDateTime": "2026-06-10T08:15:00Z", "incidentDuration": "2:03:15"},
}


def errors_of(schema, document):
    validator = jsonschema.Draft202012Validator(schema)
    return [f"{'.'.join(map(str, e.absolute_path)) or '(root)'}: {e.message}"
            for e in validator.iter_errors(document)]


def spoiled():
    """One document for each rule that must bite."""
    def with_change(change):
        document = copy.deepcopy(GOOD)
        change(document)
        return document

    for top in ("incidentSubmission", "submittingEntity", "affectedEntity", "primaryContact",
                "incident"):
        yield f"without {top}", with_change(lambda d, t=top: d.pop(t))
    yield "an unknown key", with_change(lambda d: d.update(severity="high"))
    yield "an unknown key inside", with_change(lambda d: d["incident"].update(severity="high"))
    yield "null", with_change(lambda d: d["incident"].update(otherInformation=None))
    yield "an unknown submission", with_change(lambda d: d.update(incidentSubmission="first"))
    yield "a time with an offset", with_change(
        lambda d: d["incident"].update(detectionDateTime="2026-06-10T10:15:00+02:00"))
    yield "a duration in minutes", with_change(
        lambda d: d["incident"].update(incidentDuration="90"))
    yield "a word that is no loss of data", with_change(
        lambda d: d["incident"].update(classificationTypes=[
            {"classificationCriterion": "data_losses",
             "dataLosseMaterialityThresholds": ["some"]}]))
    yield "an unknown code", with_change(
        lambda d: d["incident"].update(rootCauseHLClassification=["bad_luck"]))
    yield "a short LEI", with_change(lambda d: d["affectedEntity"][0].update(LEI="5493"))
    yield "a text for a flag", with_change(
        lambda d: d["incident"].update(isBusinessContinuityActivated="yes"))


def self_test(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    wrong = [f"refused: {e}" for e in errors_of(schema, GOOD)]
    wrong += [f"accepted: {what}" for what, document in spoiled()
              if not errors_of(schema, document)]
    return wrong


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    wrong = []
    if sys.argv[2:] == ["--self-test"]:
        wrong = self_test(schema)
    for path in [p for p in sys.argv[2:] if p != "--self-test"]:
        with open(path, encoding="utf-8") as file:
            wrong += [f"{path}: {e}" for e in errors_of(schema, json.load(file))]
    print("\n".join(wrong) or "OK")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
