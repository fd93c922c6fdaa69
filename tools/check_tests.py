#!/usr/bin/env python3
"""Checks that every test is built and that every source file of the server is tested.

    tools/check_tests.py              exit 1 and one line for each gap
    tools/check_tests.py --self-test  shows that each rule reports a gap

1. Every tests/**/*_test.cc is named in a CMakeLists.txt of its folder or of one above it: a test
   that is not built passes for ever.
2. Every server/**/*.cc has a test (any C++ file under tests/) that includes its header: the one of
   the same name, or, for a part of something larger, the first header of its own folder that the
   file includes. A header that only its folder knows is tested through the files that use it.
   What is tested in another way stands in EXCEPTIONS with the reason.
"""
import pathlib
import re
import sys

import sources
from sources import Problem

# (file or folder, reason: where it is tested instead). One that nothing needs is reported.
EXCEPTIONS = (
    ("server/rpc", "services and streams: driven over TLS by tests/e2e"),
    ("server/main/serve.cc", "wiring and signals: driven as the real binary by tests/e2e"),
)


def named_in_cmake(path, cmake):
    """Whether a CMakeLists.txt in the folder of `path`, or above it, names the file."""
    test = pathlib.PurePosixPath(path)
    for folder in test.parents:
        text = cmake.get(str(folder / "CMakeLists.txt").removeprefix("./"))
        if text is None:
            continue
        name = re.escape(str(test.relative_to(folder)))
        active = re.sub(r"#[^\n]*", "", text)
        if re.search(rf"(?<![\w./-]){name}(?![\w.-])", active):
            return True
    return False


def header_of(path, files):
    """The header a .cc belongs to, or None."""
    twin = path.removesuffix(".cc") + ".h"
    if twin in files:
        return twin
    return next((i.path for i in sources.includes(files[path])
                 if folder_of(i.path) == folder_of(path)), None)


def folder_of(path):
    return str(pathlib.PurePosixPath(path).parent)


def is_tested(header, files, included):
    """Whether a test includes `header`, or the header of a file that uses it within its folder."""
    if header is None or header in included:
        return header is not None
    users = [p for p in files if folder_of(header) != folder_of(p) and p.startswith("server/")
             and header in {i.path for i in sources.includes(files[p])}]
    if users:
        return False
    return any(p.removesuffix(".cc") + ".h" in included for p in files
               if p.endswith(".cc") and folder_of(p) == folder_of(header)
               and p.removesuffix(".cc") + ".h" != header
               and header in {i.path for i in sources.includes(files[p])})


def find_problems(files, exceptions=()):
    cmake = {p: t for p, t in files.items() if p.endswith("CMakeLists.txt")}
    tests = [p for p in files if p.startswith("tests/") and p.endswith("_test.cc")]
    problems = [Problem(p, 1, "no CMakeLists.txt names this test, so it is never built; add it to "
                              f"{pathlib.PurePosixPath(p).parent}/CMakeLists.txt")
                for p in tests if not named_in_cmake(p, cmake)]

    included = {i.path for p, text in files.items()
                if p.startswith("tests/") and sources.is_cpp(p) for i in sources.includes(text)}
    used = set()
    for path in files:
        if not (path.startswith("server/") and path.endswith(".cc")):
            continue
        header = header_of(path, files)
        if is_tested(header, files, included):
            continue
        excuse = next((e for e in exceptions if path.startswith(e[0]) and e[1]), None)
        used.add(excuse)
        if excuse is None:
            test = path.replace("server/", "tests/unit/").removesuffix(".cc") + "_test.cc"
            problems.append(Problem(
                path, 1, f"no test includes {header or 'a header of it'}; write {test}, or name in "
                         "EXCEPTIONS of tools/check_tests.py where it is tested"))
    problems += [Problem(place, 1, "its exception in tools/check_tests.py is not needed any more; "
                                   "delete it")
                 for place, reason in exceptions if (place, reason) not in used]
    return problems


def check():
    wanted = [p for p in sources.our_files() if sources.is_cpp(p) or p.endswith("CMakeLists.txt")]
    files = {p: sources.read_text(p) or "" for p in wanted}
    return sources.finish("check_tests", find_problems(files, EXCEPTIONS), len(files))


def self_test():
    source = {"server/app/hub.h": "", "server/app/hub.cc": '#include "server/app/hub.h"\n'}
    part = {"server/app/hub_io.cc": '#include "server/base/ids.h"\n#include "server/app/hub.h"\n'}
    test = {"tests/unit/app/hub_test.cc": '#include "server/app/hub.h"\n'}
    cmake = {"tests/unit/app/CMakeLists.txt": "tocsin_test(app_test SOURCES hub_test.cc)\n"}
    off = {"tests/unit/app/CMakeLists.txt": "# tocsin_test(app_test SOURCES hub_test.cc)\n"}
    other = {"tests/unit/app/CMakeLists.txt": "tocsin_test(app_test SOURCES watch_hub_test.cc)\n"}
    above = {"tests/CMakeLists.txt": "tocsin_test(all SOURCES unit/app/hub_test.cc)\n"}
    excuse = (("server/app/hub.cc", "driven by the e2e tests"),)
    cases = [
        ("tested and built", find_problems(source | part | test | cmake), None),
        ("built from a folder above", find_problems(source | test | above), None),
        ("a test nobody builds", find_problems(source | test), "no CMakeLists.txt names"),
        ("a test that is commented out", find_problems(source | test | off), "never built"),
        ("a test whose name is the end of another's", find_problems(source | test | other),
         "never built"),
        ("source without a test", find_problems(source), "no test includes server/app/hub.h"),
        ("part without a test", find_problems(part), "hub_io.cc:1: no test includes"),
        ("a part whose private header a tested file uses",
         find_problems(source | test | cmake | {
             "server/app/hub.cc": '#include "server/app/hub.h"\n#include "server/app/parts.h"\n',
             "server/app/parts.h": "",
             "server/app/queue.cc": '#include "server/app/parts.h"\n'}), None),
        ("a part whose private header nobody tests",
         find_problems(source | test | cmake | {
             "server/app/parts.h": "", "server/app/queue.cc": '#include "server/app/parts.h"\n'}),
         "queue.cc:1: no test includes"),
        ("a public header that a tested file happens to use",
         find_problems(source | test | cmake | {
             "server/app/hub.cc": '#include "server/app/hub.h"\n#include "server/app/queue.h"\n',
             "server/app/queue.h": "", "server/app/queue.cc": '#include "server/app/queue.h"\n',
             "server/rpc/a.h": '#include "server/app/queue.h"\n'}), "queue.cc:1: no test includes"),
        ("an include in a comment",
         find_problems(source | cmake | {"tests/unit/app/hub_test.cc":
                                         '// #include "server/app/hub.h"'}),
         "no test includes"),
        ("an exception", find_problems(source, excuse), None),
        ("an exception without a reason", find_problems(source, (("server/app/hub.cc", ""),)),
         "no test includes"),
        ("an exception that nothing needs", find_problems(source | test | cmake, excuse),
         "not needed any more"),
    ]
    return sources.run_self_test("check_tests", cases)


if __name__ == "__main__":
    sys.exit(sources.main("check_tests.py", check, self_test))
