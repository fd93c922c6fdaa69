#!/usr/bin/env python3
"""Checks every #include, and the words of the pure layers, against the table of layers below.

    tools/check_layers.py              exit 1 and one line for each violation
    tools/check_layers.py --self-test  shows that each rule reports a violation

The table is the architecture: a layer may include what its row names, and nothing else of the
project. Project headers are followed, so that a layer cannot get gRPC, RocksDB or generated
protobuf code through somebody else's header. A new folder needs a row: deciding what it may see is
part of adding it.
"""
import pathlib
import re
import sys
from typing import NamedTuple

import sources
from sources import Problem

# ------------------------------------------------------------------------------------------------
# The table. `may_include`: folders (or single headers) of the project, besides the layer itself.
# `pure`: no clock, thread, file, random number, log, network or generated code (PURE_BANS below).


class Layer(NamedTuple):
    may_include: tuple
    pure: bool = False


BASE, RUNTIME, CONFIG = "server/base", "server/runtime", "server/config"
REGULATION, PLAYBOOK, DOMAIN = "server/regulation", "server/playbook", "server/domain"
FILING = "server/filing"
LIBRARY, LEDGER, STORE = "server/library", "server/ledger", "server/store"
APP, RPC, MAIN = "server/app", "server/rpc", "server/main"
CORE, REPORT, CLI = "clients/core", "clients/report", "clients/cli"
PRINT, CONVERT = "clients/print", "clients/convert"
MANAGEMENT = "clients/management"
CHAT = "clients/chat"
CHAT_TALK, CHAT_ADAPTER, CHAT_STATE = CHAT + "/conversation", CHAT + "/adapter", CHAT + "/state"
CHAT_CONFIG, CHAT_XMPP, CHAT_BOT = CHAT + "/config", CHAT + "/xmpp", CHAT + "/bot"
CHAT_NET = CHAT + "/net"
CHAT_WEBHOOK = CHAT + "/webhook"
CHAT_MAIL = CHAT + "/mail"
CHAT_IRC = CHAT + "/irc"
CHAT_MATTERMOST = CHAT + "/mattermost"
CHAT_SLACK = CHAT + "/slack"
CHAT_MATRIX = CHAT + "/matrix"
YAML = "server/library/yaml.h"
# What every adapter that speaks over clients/chat/net may see.
CHAT_HTTP = (BASE, RUNTIME, CHAT_TALK, CHAT_ADAPTER, CHAT_CONFIG, CHAT_NET, YAML)
API, STORAGE = "proto/tocsin/v1", "proto/tocsin/storage/v1"
ANY = ("server", "clients", "proto", "tests")

LAYERS = {
    # layer       may include
    BASE:       Layer((), pure=True),
    RUNTIME:    Layer((BASE,)),
    REGULATION: Layer((BASE,), pure=True),
    PLAYBOOK:   Layer((BASE,), pure=True),
    FILING:     Layer((BASE,), pure=True),
    DOMAIN:     Layer((BASE, REGULATION, PLAYBOOK, FILING), pure=True),
    LIBRARY:    Layer((BASE, REGULATION, PLAYBOOK, FILING, DOMAIN, "server/runtime/zones.h")),
    LEDGER:     Layer((BASE, RUNTIME)),
    STORE:      Layer((BASE, RUNTIME, REGULATION, PLAYBOOK, FILING, DOMAIN, LIBRARY, LEDGER,
                       STORAGE)),
    APP:        Layer((BASE, RUNTIME, DOMAIN, REGULATION, PLAYBOOK, FILING, LIBRARY, LEDGER,
                       STORE)),
    RPC:        Layer((BASE, RUNTIME, DOMAIN, REGULATION, PLAYBOOK, FILING, APP, CONFIG, API)),
    CONFIG:     Layer((BASE, RUNTIME, REGULATION, "server/library/yaml.h",
                       "server/library/fields.h", "server/library/profile_reader.h")),
    MAIN:       Layer(("server", "proto")),  # wiring: it constructs everything and decides nothing
    CORE:       Layer((BASE, REPORT, API)),
    REPORT:     Layer((BASE,), pure=True),  # reads an export bundle, not the server
    PRINT:      Layer((BASE, REPORT)),  # Pango and Cairo read the machine's fonts, so not pure
    CONVERT:    Layer((BASE,), pure=True),  # reads the text of a file, not the file
    MANAGEMENT: Layer((BASE, REPORT, API, "clients/core/names.h", "clients/core/proto_time.h")),
    CLI:        Layer((BASE, CORE, CONVERT, REPORT, PRINT, MANAGEMENT, API, YAML)),
    # The conversation reads times and escapes text as the other clients do.
    CHAT_TALK:  Layer((BASE, "clients/core/names.h", "clients/core/terminal_text.h",
                       "clients/core/time_input.h", "clients/report/markdown_text.h"), pure=True),
    CHAT_ADAPTER: Layer((CHAT_TALK,)),
    CHAT_STATE: Layer((BASE, RUNTIME, CHAT_TALK, CHAT_ADAPTER, "clients/core/private_file.h",
                       "clients/report/json_text.h")),
    CHAT_CONFIG: Layer((BASE, CHAT_TALK, YAML, "clients/core/private_file.h")),
    CHAT_NET:   Layer((BASE, RUNTIME, CHAT_TALK, CHAT_ADAPTER, "clients/report/json_text.h")),
    CHAT_WEBHOOK: Layer(CHAT_HTTP),
    CHAT_MAIL:  Layer(CHAT_HTTP),
    CHAT_IRC:   Layer(CHAT_HTTP),
    CHAT_MATTERMOST: Layer(CHAT_HTTP),
    CHAT_SLACK: Layer(CHAT_HTTP),
    CHAT_MATRIX: Layer(CHAT_HTTP),
    CHAT_XMPP:  Layer((BASE, RUNTIME, CHAT_TALK, CHAT_ADAPTER, CHAT_CONFIG, YAML)),
    CHAT_BOT:   Layer((BASE, RUNTIME, CORE, API, CHAT_TALK, CHAT_ADAPTER, CHAT_STATE, CHAT_CONFIG)),
    CHAT + "/main": Layer((BASE, RUNTIME, CORE, API, YAML, CHAT)),  # wiring
    "tests":    Layer(ANY),
}

# Third-party code by family. `where`: who may include it; "x .cc" means in its .cc files only.
# `through`: who may also receive it through project headers; None means everyone (it does no harm).


class Family(NamedTuple):
    pattern: str
    where: tuple
    through: tuple | None
    instead: str


FAMILIES = {
    "gRPC": Family(
        r"(grpcpp|grpc)/|.*\.grpc\.pb\.h$",
        (RPC, MAIN, CORE, CLI, CHAT_BOT, CHAT + "/main", "tests"), (),
        "keep gRPC in server/rpc and the clients; below, return absl::Status and plain structs"),
    "RocksDB": Family(
        r"rocksdb/", (STORE, "tests"), (MAIN,),
        "add what you need to server/store; its headers forward-declare RocksDB's types"),
    "protobuf": Family(
        r"google/protobuf/|.*\.pb\.h$",
        (STORE + " .cc", RPC, CORE, MANAGEMENT, CLI, CHAT_BOT, CHAT + "/main", "tests"), (MAIN,),
        "use the domain structs; convert in server/rpc (API) or a .cc of server/store (storage)"),
    "spdlog": Family(
        r"spdlog/|fmt/", (RUNTIME,), None, "log through server/runtime, which redacts"),
    "OpenSSL": Family(
        r"openssl/", (BASE + " .cc", RUNTIME + " .cc", LEDGER, STORE + " .cc", APP + " .cc",
                      RPC, MAIN, CORE, REPORT + " .cc", CHAT_NET, "tests"), None,
        "use server/base/digest.h, or the signing and sealing of server/ledger"),
    "libfyaml": Family(
        r"libfyaml", (LIBRARY + " .cc", CORE + " .cc"), (),
        "read YAML through server/library/yaml.h, write it through clients/core/yaml_output.h"),
    "CLI11": Family(
        r"CLI/", (CLI, MAIN), (CLI, MAIN), "parse command lines in clients/cli or server/main"),
    "JSON": Family(
        r"nlohmann/",
        (FILING + " .cc", LIBRARY + " .cc", RPC + " .cc", CORE, CONVERT + " .cc", REPORT, CLI,
         CHAT_STATE, CHAT_NET,
         CHAT_WEBHOOK + " .cc", CHAT_MATTERMOST, CHAT_SLACK, CHAT_MATRIX, "tests"),
        None, "JSON is for clients and documents; inside the server pass structs"),
    "Pango, Cairo and qpdf": Family(
        r"cairo|pango/|qpdf/", (PRINT, "tests"), (), "draw and read PDF in clients/print"),
    "libstrophe": Family(
        r"strophe\.h", (CHAT_XMPP + " .cc",), (),
        "what XMPP means is clients/chat/xmpp/session.h; the library stays in its adapter"),
    "Boost": Family(
        r"boost/",
        (CHAT_NET + "/https_client.cc", CHAT_NET + "/websocket_client.cc",
         CHAT_NET + "/line_client.cc", CHAT_NET + "/http_server.cc",
         CHAT_NET + "/tls_socket.h", "tests"), (),
        "sockets are opened through the headers of clients/chat/net; Beast takes long to compile"),
    "libcurl": Family(
        r"curl/", (CHAT_MAIL + " .cc",), (),
        "HTTP goes through clients/chat/net; curl is for mail"),
    "Catch2": Family(
        r"catch2/", ("tests/support/catch.h",), ("tests",), 'include "tests/support/catch.h"'),
    "libpq": Family(
        r"libpq|postgresql/", ("tests/bench",), ("tests",), "PostgreSQL is only measured against"),
}

# Unit tests run under ThreadSanitizer, which reports false races in everything that links gRPC.
UNIT_TESTS = "tests/unit"

# What a pure layer may not say, and what to do instead.
PASS_TIME = "take the time as an argument"
PURE_BANS = (
    (r"#\s*include\s*<(thread|mutex|atomic|future|condition_variable|shared_mutex|semaphore)>",
     "a pure layer has no threads: put the concurrency into server/runtime or server/app"),
    (r"#\s*include\s*<(filesystem|fstream|iostream|cstdio|stdio\.h)>",
     "a pure layer reads and writes nothing: take text, return text"),
    (r"#\s*include\s*<(random|ctime|time\.h|sys/.*|unistd\.h)>",
     "a pure layer has no clock, randomness or system calls: take them as arguments"),
    (r"\babsl::Now\b", PASS_TIME),
    (r"\b(system_clock|steady_clock|high_resolution_clock)\b", PASS_TIME),
    (r"\bLoadTimeZone\b", "take an absl::TimeZone as an argument"),
    (r"\bgetenv\b", "take the setting as an argument"),
    (r"\bspdlog\b|\bLOG_(DEBUG|INFO|WARN|ERROR)\b",
     "a pure layer does not log: return a Status with the reason"),
    (r"\.pb\.h\b", "use plain structs; generated code is converted at the edge"),
    (r"\bcatch\s*\(", "return absl::Status; library exceptions stop in one non-pure file"),
)

# Words with a reason to be there. (file, part of the offending line, reason)
EXCEPTIONS = (
    ("server/base/check.h", "<cstdio>", "TOCSIN_CHECK prints its one line before it aborts"),
)

# ------------------------------------------------------------------------------------------------


def layer_of(path):
    """The row for `path`: "server/store/schema.h" -> "server/store"; None without a row."""
    if path.startswith("tests/"):
        return "tests"
    return next((layer for layer in LAYERS if path.startswith(layer + "/")), None)


def is_project(include):
    return include.startswith(("server/", "clients/", "proto/", "tests/", "tocsin/"))


def normalise(include):
    """Generated headers are included with or without the leading proto/."""
    return "proto/" + include if include.startswith("tocsin/") else include


def listed(path, places):
    """Whether `path` is in one of `places`: a folder, a file, or "folder .cc"."""
    for place in places:
        folder, _, suffix = place.partition(" ")
        inside = path == folder or path.startswith(folder + "/")
        if inside and path.endswith(suffix):
            return True
    return False


class Tree:
    """The files of the project by path, with their includes."""

    def __init__(self, files):
        self.text = files
        self.includes = {path: sources.includes(text) for path, text in files.items()}

    def reached(self, path):
        """Third-party includes that arrive through project headers: (line, via, include)."""
        found, seen = [], {path}
        for first in self.includes[path]:
            queue = [(normalise(first.path), ())]
            while queue:
                header, chain = queue.pop()
                if header in seen or header not in self.includes:
                    continue
                seen.add(header)
                chain += (header,)
                for include in self.includes[header]:
                    if not is_project(include.path) or include.path.endswith(".pb.h"):
                        found.append((first.line, chain, include.path))
                    queue.append((normalise(include.path), chain))
        return found


def check_direct(tree, path, layer):
    """Project and third-party includes that stand in the file itself."""
    row = LAYERS[layer]
    for include in tree.includes[path]:
        target = normalise(include.path)
        if is_project(include.path):
            if not listed(target, (layer,) + row.may_include):
                allowed = ", ".join(row.may_include) or "nothing of the project"
                yield Problem(path, include.line,
                              f"{layer} may not include {include.path}; it may include {allowed}. "
                              "Move the code to the layer it belongs to, or pass the value in.")
            elif include.quoted and target not in tree.text and not target.startswith("proto/"):
                yield Problem(path, include.line, f"{include.path} does not exist")
        elif include.quoted and "/" not in include.path:
            yield Problem(path, include.line,
                          f'write "{include.path}" with its path from the repository root')
        for name, family in FAMILIES.items():
            if re.match(family.pattern, include.path) and not listed(path, family.where):
                yield Problem(path, include.line,
                              f"{name} ({include.path}) is allowed only in "
                              f"{', '.join(family.where)}; {family.instead}")
        if path.startswith(UNIT_TESTS) and re.match(FAMILIES["gRPC"].pattern, include.path):
            yield Problem(path, include.line, "unit tests run under ThreadSanitizer and cannot "
                                              "link gRPC; put this test into tests/e2e")


def check_reached(tree, path, layer):
    """Third-party includes that come in through a project header of another layer."""
    for line, chain, include in tree.reached(path):
        if layer_of(chain[-1]) == layer:
            continue  # reported where it stands
        for name, family in FAMILIES.items():
            if not re.match(family.pattern, include) or family.through is None:
                continue
            places = family.where + family.through
            if not listed(path, places):
                yield Problem(path, line, f"{layer} gets {name} ({include}) through "
                                          f"{' -> '.join(chain)}; forward-declare it there and "
                                          f"include it in the .cc. {family.instead}")


def check_pure(tree, path):
    """The words a pure layer may not say."""
    lines = sources.strip(tree.text[path], keep_strings=True).split("\n")
    code = sources.strip(tree.text[path]).split("\n")
    for number, line in enumerate(lines, 1):
        for pattern, instead in PURE_BANS:
            said = re.search(pattern, line if line.lstrip().startswith("#") else code[number - 1])
            if said and not any(path == e[0] and e[1] in line for e in EXCEPTIONS):
                yield Problem(path, number, f"{layer_of(path)} is pure and may not say "
                                            f"{said.group(0).strip()!r}; {instead}")


def find_problems(files):
    """All violations in `files` (path -> text)."""
    tree = Tree({p: t for p, t in files.items()
                 if sources.is_cpp(p) and p.startswith(("server/", "clients/", "tests/"))})
    problems = []
    for path in tree.text:
        layer = layer_of(path)
        if layer is None:
            problems.append(Problem(path, 1, f"{pathlib.PurePath(path).parent} has no row in tools/"
                                             "check_layers.py; add one that says what it may see"))
            continue
        problems += check_direct(tree, path, layer)
        problems += check_reached(tree, path, layer)
        if LAYERS[layer].pure:
            problems += check_pure(tree, path)
    return problems, len(tree.text)


def check_table(layers):
    """The table itself: following the rows never leads back."""
    def circle_from(layer, seen):
        for other in layers:
            if other != layer and any(item == other or item.startswith(other + "/")
                                      or other.startswith(item + "/")
                                      for item in layers[layer].may_include):
                found = seen + (other,) if other in seen else circle_from(other, seen + (other,))
                if found:
                    return found
        return None

    circles = [circle for layer in layers if (circle := circle_from(layer, (layer,)))]
    return [Problem("tools/check_layers.py", 1, f"the table has a circle: {' -> '.join(circle)}")
            for circle in circles[:1]]


def check():
    files = {p: sources.read_text(p) or "" for p in sources.our_files() if sources.is_cpp(p)}
    problems, count = find_problems(files)
    problems += check_table(LAYERS)
    for path, part, reason in EXCEPTIONS:
        if part not in files.get(path, "") or not reason:
            problems.append(Problem(path, 1, "its exception in tools/check_layers.py is not needed "
                                             "any more (or gives no reason); delete it"))
    return sources.finish("check_layers", problems, count)


def self_test():
    def found(*files):
        return find_problems(dict(files))[0]

    store = ("server/store/database.h", '#include "rocksdb/db.h"\n')
    body = ("server/store/rows.h", '#include "proto/tocsin/storage/v1/rows.pb.h"\n')
    service = ("server/rpc/service.h", "#include <grpcpp/grpcpp.h>\n")
    ids = ("server/base/ids.h", "#include <string>\n")
    cases = [
        ("good code is left alone",
         found(ids, ("server/domain/a.cc", '#include "server/base/ids.h"\n'
                                           '#include "absl/time/time.h"\n'
                                           '// absl::Now() stands in a comment\n'
                                           'auto s = "absl::Now";\n')), None),
        ("an upward include", found(ids, service, (
            "server/domain/a.h", '#include "server/rpc/service.h"\n')),
         "a.h:1: server/domain may not"),
        ("clients never include the server",
         found(("server/domain/a.h", ""), ("clients/cli/a.cc", '#include "server/domain/a.h"\n')),
         "clients/cli may not include server/domain/a.h"),
        ("one header of a layer is not the layer",
         found(("server/library/loader.h", ""), ("server/library/yaml.h", ""),
               ("server/config/a.cc", '#include "server/library/yaml.h"\n'
                                      '#include "server/library/loader.h"\n')),
         "a.cc:2: server/config may not"),
        ("gRPC outside its layers", found(("server/app/a.cc", "\n#include <grpcpp/server.h>\n")),
         "a.cc:2: gRPC"),
        ("RocksDB through a header", found(store, (
            "server/app/a.cc", '#include "server/store/database.h"\n')), "app gets RocksDB"),
        ("RocksDB through two headers", found(
            store, ("server/store/batch.h", '#include "server/store/database.h"\n'),
            ("server/app/a.cc", '#include "server/store/batch.h"\n')),
         "server/store/batch.h -> server/store/database.h"),
        ("generated code in a header of the store", found(body), "rows.h:1: protobuf"),
        ("generated code in a .cc of the store", found(
            ("server/store/rows.cc", '#include "proto/tocsin/storage/v1/rows.pb.h"\n')), None),
        ("the store may not see the public API", found(
            ("server/store/rows.cc", '#include "tocsin/v1/incident.pb.h"\n')),
         "store may not include"),
        ("gRPC in a unit test", found(("tests/unit/app/a_test.cc", "#include <grpcpp/grpcpp.h>\n")),
         "put this test into tests/e2e"),
        ("Catch2 without the shim",
         found(("tests/unit/a_test.cc", "#include <catch2/catch.hpp>\n")),
         "tests/support/catch.h"),
        ("a relative include", found(("server/base/a.cc", '#include "a.h"\n')),
         "from the repository"),
        ("a header that is not there",
         found(("server/base/a.cc", '#include "server/base/gone.h"\n')), "does not exist"),
        ("the table leads in a circle",
         check_table({BASE: Layer((RUNTIME,)), RUNTIME: Layer((BASE,))}), "has a circle"),
        ("a folder without a row", found(("server/notify/a.h", "")), "has no row"),
    ]
    cases += [(f"a pure layer says {word}", found(("server/domain/a.cc", word + "\n")), "is pure")
              for word in ("#include <thread>", "#include <fstream>", "#include <random>",
                           "auto t = absl::Now();", "std::chrono::steady_clock::now();",
                           "absl::LoadTimeZone(n, &z);", "std::getenv(n);", "spdlog::info(x);",
                           '#include "tocsin/v1/a.pb.h"', "catch (const E& e) {")]
    return sources.run_self_test("check_layers", cases)


if __name__ == "__main__":
    sys.exit(sources.main("check_layers.py", check, self_test))
