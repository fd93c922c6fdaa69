#!/usr/bin/env python3
"""Measures register, report of a quarter and export on many incidents, through the real programs.

    tests/bench/register_bench.py --build-dir build/release
    tests/bench/register_bench.py --build-dir build/release --incidents 1000 --reps 3

Fills a server with invented VERIS records by several imports at once and with one incident of
10,000 entries, starts it again, so that nothing is in its memory, and then runs `tocsin register`,
`tocsin report` and `tocsin export --format json` from the start of the program to its end. Prints
the rows of the table in docs/performance.md.
"""
import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "bench"))
sys.dont_write_bytecode = True

import systems  # noqa: E402

IMPORTS_AT_ONCE = 24
ACTIONS = ("hacking", "malware", "error", "social", "misuse", "physical")


def record(number):
    """An invented incident of the third quarter of 2025."""
    draw = random.Random(number)
    return {
        "incident_id": f"bench-{number:05}",
        "timeline": {"incident": {"year": 2025, "month": draw.randint(7, 9),
                                  "day": draw.randint(1, 27)},
                     "discovery": {"unit": "Hours", "value": draw.randint(1, 48)}},
        "victim": {"victim_id": f"Organisation {draw.randint(1, 400)}", "country": ["BE"],
                   "industry": "622110", "employee_count": "101 to 1000"},
        "actor": {"external": {"variety": ["Unaffiliated"], "motive": ["Financial"]}},
        "action": {draw.choice(ACTIONS): {"variety": ["Unknown"], "vector": ["Unknown"]}},
        "asset": {"assets": [{"variety": "S - Database"}]},
        "attribute": {"confidentiality": {"data_disclosure": "Yes",
                                          "data_total": draw.randint(1, 100000),
                                          "data": [{"variety": "Personal"}]}},
        "discovery_method": {"internal": {"variety": ["Log review"]}},
        "impact": {"overall_amount": draw.randint(1, 1000000), "iso_currency_code": "EUR"},
        "summary": f"An incident of the bench, number {number}, with a sentence about it.",
    }


def fill(server, directory, first, last):
    """Imports the records from `first` to before `last`, several files at once."""
    files = []
    for part in range(IMPORTS_AT_ONCE):
        numbers = range(first + part, last, IMPORTS_AT_ONCE)
        if not numbers:
            continue
        path = directory / f"records-{first}-{part}.jsonl"
        path.write_text("".join(json.dumps(record(n)) + "\n" for n in numbers), encoding="utf-8")
        files.append(path)
    tocsin = server.programs.bin / "tocsin"
    imports = [subprocess.Popen(
        [tocsin, "import", path, "--from", "veris", "--zone", "UTC", "-o", "id"],
        env={**systems.os.environ, **server.environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for path in files]
    if any([process.wait() != 0 for process in imports]):
        raise systems.BenchError("an import went wrong")


def fill_timeline(server, directory, entries):
    """One incident with many entries; its name."""
    path = directory / "rows.csv"
    path.write_text("time,text,host\n" + "".join(
        f"2025-08-01T10:00:00Z,row {n} of a timeline with a sentence about what was seen,h{n}\n"
        for n in range(entries)), encoding="utf-8")
    out, _ = server.tocsin("import", str(path), "--from", "csv", "-o", "id")
    return out.strip()


def timed(server, repetitions, *arguments):
    """What the last run printed; seconds of the first after the start, and of those after it."""
    server.stop()
    server.start()
    out, first = server.tocsin(*arguments)
    again = []
    for _ in range(repetitions):
        out, took = server.tocsin(*arguments)
        again.append(took)
    return out, first, again


def row(what, first, again, target):
    median = statistics.median(again)
    print(f"| {what} | {first:.2f} s | {median:.2f} s ({min(again):.2f} s–{max(again):.2f} s) "
          f"| {target} |", flush=True)


def measure(server, arguments, directory):
    print("| | first after a start | after that | target |\n|---|---|---|---|")
    done = 0
    for count, target in ((1000, "< 1 s"), (arguments.incidents, "")):
        if count > arguments.incidents or count <= done:
            continue
        fill(server, directory, done, count)
        done = count
        out, first, again = timed(server, arguments.reps, "register", "-o", "json")
        if len(json.loads(out)["rows"]) != count:
            raise systems.BenchError("the register is not whole")
        row(f"`register`, {count:,} incidents", first, again, target)
        out, first, again = timed(server, arguments.reps, "report", "--quarter", "2025Q3",
                                  "-o", "json")
        if json.loads(out)["period"]["incidents"] != count:
            raise systems.BenchError("the report is not whole")
        row(f"`report --quarter`, {count:,} incidents in it", first, again, "< 5 s")
    name = fill_timeline(server, directory, arguments.entries)
    bundle = directory / "bundle.json"
    _, first, again = timed(server, arguments.reps, "export", name, "--format", "json", "--out",
                            str(bundle), "--force")
    row(f"`export --format json`, {arguments.entries:,} entries with proofs", first, again,
        "< 2 s")
    server.tocsin("verify", str(bundle))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build-dir", default=str(ROOT / "build" / "release"))
    parser.add_argument("--incidents", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--reps", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        directory = pathlib.Path(place)
        server = systems.Server(systems.Programs(arguments.build_dir), ROOT / "playbooks",
                                directory / "server")
        try:
            server.start()
            server.enrol()
            measure(server, arguments, directory)
        finally:
            server.stop()


if __name__ == "__main__":
    try:
        main()
    except systems.BenchError as error:
        sys.exit(f"register_bench: {error}")
