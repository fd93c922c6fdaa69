"""The results of tools/bench: targets, the table, the page with the machine's description."""
import os
import pathlib
import platform
import re
import statistics
import subprocess
from typing import Callable, NamedTuple

BEGIN = "<!-- measured: written by tools/bench -->"
END = "<!-- end of measured -->"


class Spread(NamedTuple):
    """Median, smallest and largest of the repetitions."""

    median: float
    low: float
    high: float

    def show(self, form):
        if self.low == self.high:
            return form(self.median)
        return f"{form(self.median)} ({form(self.low)}–{form(self.high)})"


def spread(values):
    return Spread(statistics.median(values), min(values), max(values))


class Results:
    """Values by (cell, figure), one for each repetition."""

    def __init__(self):
        self.values = {}

    def add(self, cell, measured):
        for figure, value in measured.items():
            if isinstance(value, (int, float)):
                self.values.setdefault((cell, figure), []).append(float(value))

    def get(self, cell, figure):
        return self.values.get((cell, figure))

    def ratio(self, over, under):
        """Rate over rate, repetition by repetition: what one run measured side by side."""
        numerators, denominators = self.get(over, "rate"), self.get(under, "rate")
        if numerators is None or denominators is None:
            return None
        return [a / b for a, b in zip(numerators, denominators)]


class Target(NamedTuple):
    words: str
    values: Callable
    form: Callable
    limit: float
    at_least: bool

    def judge(self, results):
        """(spread, met, met by the best repetition); None when it was not measured."""
        values = self.values(results)
        if not values:
            return None
        figures = spread(values)
        best = figures.high if self.at_least else figures.low
        return figures, self._holds(figures.median), self._holds(best)

    def _holds(self, value):
        return value >= self.limit if self.at_least else value < self.limit

    def bound(self):
        return f"{'≥' if self.at_least else '<'} {self.form(self.limit)}"


def percent(value):
    return f"{value * 100:.1f} %"


def times(value):
    return f"{value:.2f}×"


def microseconds(value):
    return f"{value:.0f} µs"


def milliseconds(value):
    return f"{value / 1000:.1f} ms" if value < 1e5 else f"{value / 1000:.0f} ms"


def megabytes(value):
    return f"{value:.1f} MB"


def seconds(value):
    return f"{value:.2f} s"


def rate(value):
    return f"{value:,.0f}"


TARGETS = (
    Target("unary appends, 64 callers, of L(64)",
           lambda r: r.ratio("unary 64", "limit 64"), percent, 0.15, True),
    Target("appends on 8 streams, of L(64)",
           lambda r: r.ratio("streams 8", "limit 64"), percent, 0.40, True),
    Target("64 callers over 64 incidents, against PostgreSQL",
           lambda r: r.ratio("unary 64", "postgres 64"), times, 1.5, True),
    Target("64 callers on one incident, against PostgreSQL",
           lambda r: r.ratio("unary 64 hot", "postgres 64 hot"), times, 6, True),
    Target("1 append to 1,000 watchers, the last one has it, p50",
           lambda r: r.get("watch", "last_p50_us"), milliseconds, 50_000, False),
    Target("idle server, resident memory",
           lambda r: r.get("idle", "rss_mb"), megabytes, 60, False),
    Target("start with 100,000 entries, until the first answer",
           lambda r: r.get("start", "answer_seconds"), seconds, 1, False),
    Target("`tocsin timeline` of 10,000 entries",
           lambda r: r.get("timeline", "seconds"), seconds, 0.5, False),
    Target("`tocsin search` over 1,000,000 entries, one word",
           lambda r: r.get("search", "seconds"), seconds, 3, False),
)

# (cell, words, figures); a figure is (name, form, words).
RATES = (
    ("limit {n}", "L(n): RocksDB alone"),
    ("unary {n}", "Tocsin, unary"),
    ("unary {n} hot", "Tocsin, unary, one incident"),
    ("streams {n}", "Tocsin, streams"),
    ("grpc unary {n}", "Tocsin, unary, gRPC's C++ client"),
    ("grpc streams {n}", "Tocsin, streams, gRPC's C++ client"),
    ("whoami {n}", "Tocsin, WhoAmI: a call that writes nothing"),
    ("postgres {n}", "PostgreSQL, chained append"),
    ("postgres {n} hot", "PostgreSQL, chained append, one incident"),
)
SINGLES = (
    ("fdatasync", "p50_us", milliseconds, "append 700 bytes + fdatasync, p50"),
    ("unary 64", "server_cpu_us", microseconds, "server CPU an append, unary, 64 callers"),
    ("unary 64 hot", "server_cpu_us", microseconds, "… on one incident"),
    ("streams 8", "server_cpu_us", microseconds, "… on 8 streams"),
    ("watch", "first_p50_us", milliseconds, "1 append to 1,000 watchers: first, p50"),
    ("watch", "median_p50_us", milliseconds, "… median watcher, p50"),
    ("watch", "last_p50_us", milliseconds, "… last watcher, p50"),
    ("watch", "last_p99_us", milliseconds, "… last watcher, p99"),
    ("watch", "acknowledged_p50_us", milliseconds, "… the author's answer meanwhile, p50"),
    ("reads", "list_seconds", seconds, "ListEntries of 10,000 entries, all pages"),
    ("reads", "export_seconds", seconds, "ExportIncident of 10,000 entries, with proofs"),
    ("timeline", "seconds", seconds, "`tocsin timeline` of 10,000 entries"),
    ("search", "seconds", seconds, "`tocsin search` over 1,000,000 entries, one word"),
    ("search", "rss_mb", megabytes, "… resident memory after it"),
    ("start", "listen_seconds", seconds, "start with 100,000 entries: until it listens"),
    ("start", "answer_seconds", seconds, "… until the first answer"),
    ("start", "rss_mb", megabytes, "… resident memory then"),
    ("idle", "rss_mb", megabytes, "idle server without entries, resident memory"),
    ("loaded", "rss_mb", megabytes, "the server after all runs, resident memory"),
)


def table(head, rows):
    """A Markdown table, aligned so that it also reads well on a terminal."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
             for row in [head, *rows]]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def target_rows(results, gates):
    rows = []
    for target in TARGETS:
        judged = target.judge(results)
        if judged is None:
            rows.append([target.words, "not measured", target.bound(), "–"])
            continue
        figures, met, best = judged
        word = "ok" if met else ("miss, best repetition ok" if best else "miss")
        rows.append([target.words, figures.show(target.form), target.bound(),
                     word if gates else "–"])
    return rows


def rate_rows(results):
    rows = []
    for cell, words in RATES:
        for number in (1, 8, 64):
            name = cell.format(n=number)
            measured = results.get(name, "rate")
            if measured is None:
                continue
            row = [f"{words}, {number}", spread(measured).show(rate)]
            for figure in ("p50_us", "p99_us"):
                values = results.get(name, figure)
                row.append(milliseconds(statistics.median(values)) if values else "–")
            rows.append(row)
    return rows


def render(results, machine, repetitions, gates):
    """Everything that was measured, as Markdown."""
    singles = [[words, spread(values).show(form)] for cell, figure, form, words in SINGLES
               if (values := results.get(cell, figure))]
    others = max(results.get("others", "share"))
    return "\n\n".join([
        "\n".join(f"- {line}" for line in machine),
        f"Other programs used up to {others:.0%} of the machine just before a repetition"
        + (": the figures are too low, and least for L(n)." if others >= 0.1 else "."),
        f"Medians of {repetitions} repetitions in one interleaved run, smallest and largest in "
        "brackets.",
        table(["against the targets", "measured", "target", ""], target_rows(results, gates)),
        table(["durable appends, callers", "a second", "p50", "p99"], rate_rows(results)),
        table(["other figures", "measured"], singles),
    ])


def missed(results):
    """Targets that neither the median nor the best repetition meets."""
    judged = ((target, target.judge(results)) for target in TARGETS)
    return [target.words for target, verdict in judged
            if verdict is not None and not verdict[1] and not verdict[2]]


def _first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except OSError:
        return ""
    return done.stdout.strip().split("\n")[0]


def _package(name):
    return _first_line(["dpkg-query", "-W", "-f", "${Version}", name]).split("-")[0] or "?"


def describe_machine(directory, server_version, postgres_version):
    """Lines that say on what was measured."""
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    found = re.search(r"model name\s*: (.*)", cpuinfo)
    model = found.group(1) if found else platform.machine()
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    disk = _first_line(["findmnt", "-n", "-o", "FSTYPE", "--target", str(directory)])
    system = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text())
    versions = [f"tocsind {server_version}", f"RocksDB {_package('librocksdb-dev')}",
                f"gRPC {_package('libgrpc++-dev')}",
                f"PostgreSQL {postgres_version}" if postgres_version else "PostgreSQL not there"]
    return [
        f"CPU: {os.cpu_count()} × {model}; memory {memory_gib:.0f} GiB; load generator and "
        "servers share it",
        f"Disk: {disk or 'unknown file system'}; all stores in one directory of it",
        f"System: {system.group(1) if system else platform.system()}, Linux {platform.release()}",
        "Versions: " + ", ".join(versions),
    ]


def write_page(path, text):
    """Replaces the marked section of the page."""
    page = pathlib.Path(path)
    before, rest = page.read_text().split(BEGIN, 1)
    _, after = rest.split(END, 1)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
