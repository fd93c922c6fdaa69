#!/usr/bin/env python3
"""Bans on text that no compiler makes: each message says what to write instead.

    tools/tidy.py              checks tracked files and new ones that are not ignored
    tools/tidy.py --self-test  shows that each rule reports a violation and spares good code
"""
import re
import sys
from typing import NamedTuple

import sources
from sources import Problem

# ------------------------------------------------------------------------------------------------
# Exceptions: (rule, file or folder, reason). One that nothing needs any more is reported.
ALLOW = ()

FILE_LINES_MAX, FUNCTION_LINES_MAX, LINE_CHARACTERS_MAX = 600, 70, 100

OURS = ("server/", "clients/", "tests/", "tools/")
SERVER, TESTS = ("server/",), ("tests/",)


class Ban(NamedTuple):
    """A pattern that C++ code (comments and string contents blanked) may not contain."""

    rule: str
    pattern: str
    instead: str
    within: tuple = OURS
    but_not: tuple = ()


CODE_BANS = (
    Ban("thread", r"\bstd::j?thread\b(?!::hardware_concurrency)",
        "use runtime::Thread: named, joined, stopped by token",
        but_not=("server/runtime/", "tests/")),
    Ban("detach", r"\.detach\s*\(", "own the thread: runtime::Thread joins in its destructor"),
    Ban("async", r"\bstd::async\b", "use one queue and one runtime::Thread"),
    Ban("catch-all", r"\bcatch\s*\(\s*\.\.\.\s*\)",
        "catch the one type the library throws, at the edge, or let it crash"),
    Ban("using-namespace", r"\busing\s+namespace\b", "name what you use: using absl::StrCat"),
    Ban("stoi", r"\bstd::sto(i|l|ll|ul|ull|f|d|ld)\b",
        "use absl::SimpleAtoi or absl::SimpleAtod: they report failure instead of throwing"),
    Ban("atoi", r"(?<![\w:.>])(std::)?(atoi|atol|atoll|atof)\s*\(",
        "use absl::SimpleAtoi: it reports failure"),
    Ban("endl", r"\bstd::endl\b", r"write '\n'; flush where it matters"),
    Ban("rand", r"(?<![\w:.>])(std::)?s?rand\s*\(|\bstd::(mt19937(_64)?|default_random_engine)\b",
        "take randomness from server/runtime, or as an argument; tests pass a fixed seed",
        but_not=("server/runtime/", "tests/")),
    Ban("now",
        r"\babsl::Now\s*\(|\bsystem_clock\b|(?<![\w:.>])(std::)?time\s*\(\s*(NULL|nullptr|0|&)",
        "take the time as an argument, or from runtime::Clock (clients: core/system_clock.h)",
        within=("server/", "clients/", "tests/unit/"),
        but_not=("server/runtime/clock.cc", "clients/core/system_clock.cc")),
    Ban("absl-mutex", r"\babsl::(Mutex|MutexLock|ReaderMutexLock|WriterMutexLock|CondVar)\b",
        "use server/runtime/mutex.h: absl's mutex gives false ThreadSanitizer reports"),
    Ban("std-mutex", r"\bstd::(recursive_|shared_|timed_)?mutex\b|\bstd::condition_variable",
        "use server/runtime/mutex.h: it carries the thread-safety annotations",
        within=("server/", "clients/"), but_not=("server/runtime/",)),
    Ban("cout", r"\bstd::(cout|cerr)\b", "log through server/runtime; only clients and tools print",
        within=SERVER, but_not=("server/main/",)),
    Ban("printf", r"(?<![\w:.>])(std::)?printf\s*\(", "log through server/runtime",
        within=SERVER, but_not=("server/main/",)),
    Ban("sleep", r"\bsleep_(for|until)\b|\bSleepFor\b|(?<![\w:.>])(u|nano)?sleep\s*\(",
        "call the step function, advance the fake clock, or wait for the condition up to a limit",
        within=TESTS + SERVER),
    Ban("getenv", r"\bgetenv\s*\(", "put the setting into Config; main reads the environment once",
        within=SERVER, but_not=("server/main/", "server/config/")),
    Ban("ignored-error", r"\.IgnoreError\s*\(",
        "handle the status, or say in a comment why not and count it"),
    Ban("private-parts", r"#\s*define\s+private\b|\bfriend\s+class\s+\w*Test\b",
        "test the behaviour through the public functions"),
    Ban("new-delete", r"(?<!operator )\bdelete\s+[\w(*]|(?<![\w=] )\bmalloc\s*\(",
        "own it: a value or std::unique_ptr", within=("server/", "clients/"),
        but_not=("server/rpc/",)),
    Ban("volatile", r"\bvolatile\b", "use std::atomic for counters and stop flags"),
    Ban("nameless-class", r"\b(class|struct)\s+\w*(Manager|Helper|Utils?)\b(?!\s*[;>])",
        "name the job it does"),
)

CMAKE_BANS = (
    ("cmake-glob", r"\bfile\s*\(\s*GLOB", "list the sources by name"),
    ("cmake-flags", r"\bset\s*\(\s*CMAKE_CXX_FLAGS\b",
     "use the interface targets of TocsinFlags.cmake"),
    ("cmake-global", r"^\s*(include_directories|link_libraries|add_definitions)\s*\(",
     "use the target_… form"),
    ("cmake-disabled", r"^\s*#\s*(tocsin_test|add_test|add_subdirectory)\s*\(",
     "a test that is not built proves nothing: delete it or fix it"),
)

PLACEHOLDER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
MACHINE_PATH = re.compile(r"(?<![\w.~})/-])/(work|root)/")
NAMELESS_FILE = re.compile(r"(^|_|-)(manager|utils?|helpers?|misc|common)(_|\.|-|$)", re.IGNORECASE)
NOLINT = re.compile(r"NOLINT(NEXTLINE|BEGIN|END)?(?P<checks>\([\w.,* -]+\))?(?P<reason>.*)")

# ------------------------------------------------------------------------------------------------


def line_number(text, position):
    return text.count("\n", 0, position) + 1


def check_words(path, source):
    """CODE_BANS on one C++ file."""
    code = sources.strip(source)
    for ban in CODE_BANS:
        if path.startswith(ban.within) and not (ban.but_not and path.startswith(ban.but_not)):
            for match in re.finditer(ban.pattern, code):
                yield ban.rule, Problem(path, line_number(code, match.start()),
                                        f"{match.group(0).strip()!r} is banned [{ban.rule}]; "
                                        f"{ban.instead}")


_CONTAINER = re.compile(
    r"^(inline\s+|typedef\s+|export\s+)*(namespace|class|struct|union|enum|extern)\b")
_FUNCTION_END = re.compile(
    r"\)\s*(const|noexcept|override|final|mutable|try|&{1,2}|->\s*[\w:<>,\s*&]+"
    r"|TOCSIN_\w+\s*\([^()]*\)|noexcept\s*\([^()]*\)|\s)*(:[^:?].*)?$", re.DOTALL)


def _is_function(head):
    """Whether the text before an opening brace, at namespace or class level, begins a function."""
    head = re.sub(r"\b(public|private|protected)\s*:", "", head).strip()
    while (without := re.sub(r"^template\s*<[^<>]*(<[^<>]*>[^<>]*)*>\s*", "", head)) != head:
        head = without
    if _CONTAINER.match(head) or re.search(r"(=|,|\breturn)\s*$", head):
        return False
    return bool(_FUNCTION_END.search(head))


def functions(source):
    """(first line, lines) of each function with a body, found from the text alone."""
    code = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  sources.strip(source), flags=re.MULTILINE)
    found, opened, head_start, function_depth = [], [], 0, None
    for match in re.finditer(r"[{};]", code):
        position, mark = match.start(), match.group(0)
        if mark == "{":
            head = code[head_start:position]
            begins = function_depth is None and _is_function(head)
            if begins:
                function_depth = len(opened)
            first = head_start + re.match(r"(\s|\b(public|private|protected)\s*:)*", head).end()
            opened.append(line_number(code, first) if begins else None)
        elif mark == "}" and opened:
            first = opened.pop()
            if first is not None and len(opened) == function_depth:
                found.append((first, line_number(code, position) - first + 1))
                function_depth = None
        head_start = position + 1
    return found


def check_sizes(path, source):
    """Long files, functions and lines."""
    lines = source.split("\n")
    if is_source(path) and len(lines) - 1 > FILE_LINES_MAX:
        yield "file-size", Problem(path, len(lines) - 1, f"{len(lines) - 1} lines, at most "
                                   f"{FILE_LINES_MAX}; split the file by subject")
    if sources.is_cpp(path):
        for first, count in functions(source):
            if count > FUNCTION_LINES_MAX:
                yield "function-size", Problem(path, first, f"function of {count} lines, at most "
                                               f"{FUNCTION_LINES_MAX}; give a part of it a name")
    if is_source(path):
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_CHARACTERS_MAX and "://" not in line:
                yield "line-length", Problem(path, number, f"{len(line)} characters, at most "
                                             f"{LINE_CHARACTERS_MAX}; wrap the line")


def is_source(path):
    return path.endswith((".h", ".cc", ".py", ".proto"))


def check_header(path, source):
    first = next((line for line in source.split("\n") if line.strip()), "")
    if not first.startswith(("//", "/*")):
        yield "header-comment", Problem(path, 1, "start the header with a comment: what it is for "
                                                 "and the one idea a reader needs")
    if "#pragma once" not in source:
        yield "header-guard", Problem(path, 1, "write #pragma once after the first comment")


def check_nolint(path, source):
    open_since = None
    for number, line in enumerate(source.split("\n"), 1):
        match = NOLINT.search(line)
        if not match:
            continue
        if match.group(1) == "BEGIN":
            open_since = number
        elif match.group(1) == "END":
            open_since = None
            continue
        if not match.group("checks") or not re.search(r"\w{3}", match.group("reason")):
            yield "nolint", Problem(path, number, "write NOLINT(check-name): and the reason")
    if open_since:
        yield "nolint", Problem(path, open_since, "NOLINTBEGIN without NOLINTEND")


def check_any_text(path, source):
    """What holds for every text file."""
    for number, line in enumerate(source.split("\n"), 1):
        if MACHINE_PATH.search(line):
            yield "machine-path", Problem(path, number, "a path of one machine; write it from the "
                                                        "repository root, or make it an argument")
        if path.startswith(OURS + ("proto/", "cmake/", "playbooks/")) or path == "CMakeLists.txt":
            found = PLACEHOLDER.search(line)
            if found and not path.endswith((".jsonl", ".csv", ".json")):
                yield "placeholder", Problem(path, number, f"{found.group(0)}: finish it, or open "
                                                           "an issue and leave the code whole")


def check_cmake(path, source):
    for number, line in enumerate(source.split("\n"), 1):
        for rule, pattern, instead in CMAKE_BANS:
            if re.search(pattern, line):
                yield rule, Problem(path, number, f"{line.strip()!r} is banned [{rule}]; {instead}")


def check_name(path):
    if NAMELESS_FILE.search(path.rsplit("/", 1)[-1]) and path.endswith((".h", ".cc", ".py")):
        yield "file-name", Problem(path, 1, "the name says nothing; name the file after its job")


def problems_of(path, source):
    """(rule, problem) for one file."""
    yield from check_any_text(path, source)
    yield from check_name(path)
    yield from check_sizes(path, source)
    if sources.is_cpp(path):
        yield from check_words(path, source)
        yield from check_nolint(path, source)
    if path.endswith(".h"):
        yield from check_header(path, source)
    if path.endswith("CMakeLists.txt"):
        yield from check_cmake(path, source)


def find_problems(files, allow=()):
    """All violations in `files` (path -> text) that `allow` does not except."""
    problems, used = [], set()
    for path, source in files.items():
        for rule, problem in problems_of(path, source):
            excuse = next((a for a in allow if a[0] == rule and path.startswith(a[1])), None)
            used.add(excuse)
            if excuse is None:
                problems.append(problem)
    problems += [Problem(place, 1, f"the exception from [{rule}] in tools/tidy.py is not needed "
                                   "any more; delete it")
                 for rule, place, reason in allow if (rule, place, reason) not in used]
    return problems


def check():
    texts = {path: sources.read_text(path) for path in sources.our_files()}
    files = {path: text for path, text in texts.items() if text is not None}
    return sources.finish("tidy", find_problems(files, ALLOW), len(files))


def self_test():
    def found(path, text, allow=()):
        return find_problems({path: text}, allow)

    long_body = "  Call();\n" * 70
    filler = "int x = 0;\n"
    header = "// What it is for.\n#pragma once\n"
    bad_code = (
        "std::thread t(f);", "t.detach();", "std::async(f);", "try { f(); } catch (...) {\n}",
        "using namespace absl;", "int n = std::stoi(s);", "int n = atoi(s);", "out << std::endl;",
        "int r = rand();", "auto t = absl::Now();", "std::chrono::system_clock::now();",
        "absl::Mutex mu;", "std::mutex mu;", 'std::cout << "x";', 'printf("x");',
        "std::this_thread::sleep_for(d);", "absl::SleepFor(d);", 'getenv("HOME");',
        "Put().IgnoreError();", "friend class StoreTest;", "delete pointer;", "volatile int x;",
        "class IncidentManager {};", "return;  // NOLINT", "// NOLINTBEGIN(x): why so",
        "// TO" + "DO: later", 'Open("/' + 'work/data");')
    cases = [(code, found("server/app/a.cc", code + "\n"), "a.cc:1:") for code in bad_code]
    cases += [
        ("words in comments and strings",
         found("server/app/a.cc", '// std::thread, absl::Now()\nauto s = "std::cout <<";\n'
                                  'auto r = R"(catch (...) using namespace)";\nint n = 1\'000;\n'),
         None),
        ("words that only contain a banned one",
         found("server/app/a.cc", "x.time(0); operand(1); clock.Now(); Foo& operator=(Foo) = "
                                  "delete;\nvoid Undelete(int delete_count);\n"), None),
        ("a reasoned NOLINT", found("server/app/a.cc", "f();  // NOLINT(bugprone-x): owned by f\n"),
         None),
        ("file of 601 lines", found("server/app/a.cc", filler * 601), "601 lines"),
        ("file of 600 lines", found("server/app/a.cc", filler * 600), None),
        ("line of 101 characters", found("server/app/a.cc", "/" * 101 + "\n"), "101 characters"),
        ("line of 100 characters", found("server/app/a.cc", "/" * 100 + "\n"), None),
        ("long function", found("server/app/a.cc", "void F(int a) {\n" + long_body + "}\n"),
         "function of 72 lines"),
        ("long constructor",
         found("server/app/a.cc", "A::A(int a)\n    : a_(a) {\n" + long_body + "}\n"),
         "function of 73 lines"),
        ("long test case",
         found("tests/unit/a_test.cc", 'TEST_CASE("A: b") {\n' + long_body + "}\n"),
         "function of 72 lines"),
        ("long function inside a class and a namespace",
         found("server/app/a.cc", "namespace n {\nclass A {\n public:\n  absl::Status B() const {\n"
               + long_body + "  }\n};\n}\n"), "a.cc:4: function of 72 lines"),
        ("long namespace, class and table are no functions",
         found("server/app/a.cc", "namespace n {\nclass A final : public B<C(int)> {\n"
               + filler * 80 + "};\nconst Table kTable[F(2)] = {\n" + "{1, 2},\n" * 80 + "};\n}\n"),
         None),
        ("header without a comment", found("server/app/a.h", "#pragma once\n"), "start the header"),
        ("header without a guard", found("server/app/a.h", "// What.\n"), "#pragma once"),
        ("good header", found("server/app/a.h", header), None),
        ("glob", found("server/app/CMakeLists.txt", "file(GLOB x *.cc)\n"), "cmake-glob"),
        ("disabled test", found("tests/unit/CMakeLists.txt", "# tocsin_test(x LABEL unit)\n"),
         "cmake-disabled"),
        ("a file named after nothing", found("server/base/string_utils.cc", ""), "name the file"),
        ("a runtime file may hold a thread",
         found("server/runtime/thread.cc", "std::thread t;\n"), None),
        ("an exception that is used", found("server/app/a.cc", "t.detach();\n",
                                            (("detach", "server/app/a.cc", "why"),)), None),
        ("an exception that nothing needs", found("server/app/a.cc", "",
                                                  (("detach", "server/app/a.cc", "why"),)),
         "not needed"),
    ]
    return sources.run_self_test("tidy", cases)


if __name__ == "__main__":
    sys.exit(sources.main("tidy.py", check, self_test))
