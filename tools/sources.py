"""What the lint scripts share: which files are ours, and C++ text with comments or strings blanked.

Every check works on text, so it needs views of a file that keep line numbers: without comments and
string contents for rules about what the program does, with strings for rules about what it names.
"""
import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Problem(NamedTuple):
    """One violation: where, which rule, and what to do instead."""

    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


class Include(NamedTuple):
    line: int
    path: str
    quoted: bool


def our_files():
    """Paths (from the root, sorted) that are tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        paths = [p for p in listed.stdout.decode().split("\0") if p]
    else:  # a source archive without .git
        paths = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()]
        paths = [p for p in paths if not p.startswith(("build/", "demo-out/", ".cache/"))
                 and "__pycache__" not in p]
    return sorted(p for p in set(paths) if (ROOT / p).is_file() and not (ROOT / p).is_symlink())


def read_text(path):
    """The file's text, or None when it is not UTF-8 text."""
    try:
        text = (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def is_cpp(path):
    return path.endswith((".h", ".cc"))


_TOKEN = re.compile(
    r'(?P<line>//(?:\\\n|[^\n])*)'
    r'|(?P<block>/\*.*?\*/)'
    r'|(?P<raw>\bR"(?P<tag>[^()\\ ]{0,16})\(.*?\)(?P=tag)")'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<number>\b\d[\w']*)"
    r"|(?P<char>'(?:\\.|[^'\\\n])+')", re.DOTALL)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def strip(source, keep_strings=False):
    """`source` with comments (and string contents) replaced by spaces; line numbers stay."""

    def replace(match):
        found = match.group(0)
        kind = match.lastgroup if match.lastgroup != "tag" else "raw"
        if kind in ("line", "block"):
            return _blank(found)
        if kind == "number" or keep_strings:
            return found
        return found[0] + _blank(found[1:-1]) + found[-1]

    return _TOKEN.sub(replace, source)


def includes(source):
    """The #include lines of a file, commented-out ones left out."""
    found = []
    for number, line in enumerate(strip(source, keep_strings=True).split("\n"), 1):
        match = INCLUDE.match(line)
        if match:
            found.append(Include(number, match.group(2), match.group(1) == '"'))
    return found


def finish(name, problems, checked):
    """Prints the problems and the closing line; the process' exit code."""
    for problem in problems:
        print(problem)
    print(f"{name}: {checked} files, {len(problems)} problems")
    return 1 if problems else 0


def run_self_test(name, cases):
    """Runs (description, problems found, expected substring or None) and reports; the exit code.

    `None` expects that nothing is reported: a check that cries at good code is as useless as one
    that never fails.
    """
    failed = 0
    for description, problems, expected in cases:
        said = [str(p) for p in problems]
        good = not said if expected is None else any(expected in s for s in said)
        if not good:
            failed += 1
            print(f"{name} self-test failed: {description}: expected {expected!r}, got {said}")
    print(f"{name} self-test: {len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


def main(name, check, self_test):
    """The command line every lint script has: no argument, or --self-test."""
    arguments = sys.argv[1:]
    if arguments == ["--self-test"]:
        return self_test()
    if arguments:
        print(f"usage: tools/{name} [--self-test]", file=sys.stderr)
        return 2
    return check()
