#!/usr/bin/env python3
"""What a file of VERIS records adds up to, computed from the file alone.

    tests/veris_totals.py records.jsonl NOW

Prints JSON. It shares no code with the importer or the server: the tests hold what the register and
the management report say against it. NOW is seconds since 1970; nothing is detected after it. An
incident stands in the year in which it was detected, where a full date and a span say so, else in
that in which it happened. Civil dates are in UTC.
"""
import collections
import datetime
import json
import statistics
import sys

UTC = datetime.timezone.utc
NO_VALUE = {"", "unknown"}


def categories(value):
    """Names of the categories, in either form of the schema."""
    if isinstance(value, dict):
        return sorted({name.lower() for name in value})
    if isinstance(value, list):
        return sorted({item["type"].lower() for item in value if "type" in item})
    return [value.lower()] if isinstance(value, str) else []


def parts(value, name):
    """The objects of one category of attribute."""
    if isinstance(value, dict):
        return [value[name]] if name in value else []
    return [item for item in value or [] if item.get("type") == name]


def months_later(day, months):
    """The same day some months on; one that the month does not have runs into the next month."""
    index = day.year * 12 + day.month - 1 + months
    first = datetime.datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)
    return first + datetime.timedelta(days=day.day - 1)


def detected(occurred, exact, record, now):
    span = record.get("timeline", {}).get("discovery", {})
    value, unit = span.get("value"), span.get("unit", "").lower()
    if not exact or not value or value <= 0:
        return None
    if unit in ("seconds", "minutes", "hours"):
        moment = occurred + datetime.timedelta(**{unit: value})
    elif unit in ("days", "weeks"):
        moment = occurred + datetime.timedelta(**{unit: int(value)})
    elif unit in ("months", "years"):
        moment = months_later(occurred, int(value) * (12 if unit == "years" else 1))
    else:
        return None
    return moment if moment <= now else None


def read(record, now):
    when = record.get("timeline", {}).get("incident", record)
    year, month = when["year"], when.get("month")
    day = when.get("day") if month else None
    occurred = datetime.datetime(year, month or 1, day or 1, tzinfo=UTC)
    found = detected(occurred, day is not None, record, now)
    impact = record.get("impact", {})
    euro = "EUR" in (impact.get("currency"), impact.get("iso_currency_code"))
    totals = [part["data_total"] for part in parts(record.get("attribute"), "confidentiality")
              if "data_total" in part]
    return {
        "year": (found or occurred).year,
        "kind": ", ".join(categories(record.get("action"))),
        "actor": ", ".join(categories(record.get("actor"))),
        "discovery": ", ".join(categories(record.get("discovery_method"))),
        "loss": impact.get("overall_amount") if euro else None,
        "records": sum(totals) if totals else None,
        "to_detect": (found - occurred).total_seconds() if found else None,
    }


def add_up(rows):
    losses = [row["loss"] for row in rows if row["loss"] is not None]
    spans = [row["to_detect"] for row in rows if row["to_detect"] is not None]
    kinds = [row["kind"] if row["kind"] not in NO_VALUE else "not stated" for row in rows]
    return {
        "incidents": len(rows),
        "by_kind": collections.Counter(kinds),
        "loss_known": len(losses),
        "loss_eur": sum(losses),
        "detection_known": len(spans),
        "detection_median": statistics.median(spans) if spans else None,
    }


def main():
    now = datetime.datetime.fromtimestamp(int(sys.argv[2]), UTC)
    with open(sys.argv[1], encoding="utf-8") as lines:
        rows = [read(json.loads(line), now) for line in lines if line.strip()]
    years = sorted({row["year"] for row in rows})
    print(json.dumps({
        "incidents": len(rows),
        "by_actor": collections.Counter(row["actor"] for row in rows),
        "by_discovery": collections.Counter(row["discovery"] for row in rows),
        "records_known": sum(row["records"] is not None for row in rows),
        "records_lost": sum(row["records"] or 0 for row in rows),
        "years": {str(year): add_up([row for row in rows if row["year"] == year])
                  for year in years},
    }))


if __name__ == "__main__":
    main()
