"""Makes export bundles and breaks them: shared by the tests of both verifiers.

It has its own log, tree, Protocol Buffers and note code, written from docs/bundle-format.md, so
that a verifier is never tested against itself. Run as a program it writes every case to a folder:

    bundle_factory.py FOLDER    NAME.json, and NAME.expected: what a verifier must answer
"""
import base64
import copy
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import uuid

ORIGIN = "tocsin.example/default"
ADA, BOB = uuid.UUID(int=0xADA), uuid.UUID(int=0xB0B)
WALL = 1_780_000_000_000_000_000  # 2026-05-28T20:26:40Z
MINUTE = 60 * 10**9


def b64(raw):
    return base64.b64encode(raw).decode()


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def body(kind, *parts, occur=0, precision=1):
    head = field(1, occur) if occur else b""
    return head + field(2, precision) + field(kind, b"".join(parts))


def time_text(wall):
    seconds = subprocess.run(["date", "-u", "-d", f"@{wall // 10**9}", "+%Y-%m-%dT%H:%M:%S"],
                             check=True,
                             capture_output=True, text=True).stdout.strip()
    nanos = wall % 10**9
    return seconds + (f".{nanos:09}" if nanos else "") + "Z"


class Key:
    """An Ed25519 key pair, kept in a file for openssl."""

    def __init__(self, folder, name):
        self.pem = str(pathlib.Path(folder) / f"{name}.pem")
        self.run("genpkey", "-algorithm", "ed25519", "-out", self.pem)
        self.public = self.run("pkey", "-in", self.pem, "-pubout", "-outform", "DER")[-32:]

    @staticmethod
    def run(*arguments):
        return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout

    def sign(self, text):
        with tempfile.NamedTemporaryFile() as file:
            file.write(text)
            file.flush()
            return self.run("pkeyutl", "-sign", "-inkey", self.pem, "-rawin", "-in", file.name)

    def id(self, name):
        return sha256(name.encode(), b"\n\x01", self.public)[:4]

    def vkey(self, name):
        return f"{name}+{self.id(name).hex()}+{b64(bytes([1]) + self.public)}"

    def signature_line(self, name, text):
        return f"\u2014 {name} {b64(self.id(name) + self.sign(text))}\n"


class Log:
    """The organisation's log: all records of all incidents."""

    def __init__(self, key):
        self.key, self.leaves, self.last = key, [], {}

    def append(self, incident, kind, plain, author=ADA, tlp=3):
        sequence, back = self.last.get(incident, (0, bytes(32)))
        index, salt = len(self.leaves), sha256(b"salt", struct.pack(">Q", len(self.leaves)))
        wall = WALL + index * MINUTE + 1_000_000
        raw = struct.pack(">16sHHQ16sQ32sQIQ16s16s16sB32s32s32s", b"tocsin/entry/v1\n", kind, 0,
                          index, incident,
                          sequence + 1, back, wall, 5, index, bytes(16),
                          uuid.UUID(int=index + 1).bytes,
                          author.bytes, tlp, sha256(b"tocsin/pt/v1\n", salt, plain), bytes(32),
                          bytes(32))
        leaf = sha256(b"\0", raw)
        self.leaves.append(leaf)
        self.last[incident] = (sequence + 1, leaf)
        return {"raw": raw, "leaf": leaf, "index": index, "sequence": sequence + 1, "wall": wall,
                "kind": kind,
                "body": plain, "salt": salt, "author": author, "tlp": tlp}

    def root(self, low, high):
        if high - low == 1:
            return self.leaves[low]
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        return sha256(b"\1", self.root(low, middle), self.root(middle, high))

    def proof(self, index, size):
        def path(low, high):
            if high - low == 1:
                return []
            middle = low + (1 << (high - low - 1).bit_length() - 1)
            if index < middle:
                return path(low, middle) + [self.root(middle, high)]
            return path(middle, high) + [self.root(low, middle)]
        return path(0, size)

    def note(self, size=None, root=None):
        size = size or len(self.leaves)
        text = f"{ORIGIN}\n{size}\n{b64(root or self.root(0, size))}\n"
        return text + "\n" + self.key.signature_line(ORIGIN, text.encode())


NAMES = {10: "incident-declared", 11: "entry-recorded", 12: "entry-corrected",
         13: "entry-retracted",
         14: "phase-changed", 23: "obligation-updated", 37: "finding-added",
         41: "incident-exported"}
TLPS = ("", "TLP_CLEAR", "TLP_GREEN", "TLP_AMBER", "TLP_AMBER_STRICT", "TLP_RED")


def entry_of(log, made, size, text, **more):
    view = {"incident": "incidents/INC-2026-0001", "sequence": str(made["sequence"]),
            "type": NAMES[made["kind"]],
            "author": {ADA: "@ada", BOB: "@bob"}.get(made["author"], "@server"), "text": text,
            "record_time": time_text(made["wall"]), "tlp": TLPS[made["tlp"]],
            "leaf_hash": b64(made["leaf"])} | more
    if made["index"]:
        view["log_index"] = str(made["index"])
    return {"record": b64(made["raw"]), "proof": [b64(h) for h in log.proof(made["index"], size)],
            "body": b64(made["body"]), "salt": b64(made["salt"]), "view": view}


def make_bundle(key, incident=bytes([7]) * 16):
    """A valid bundle of nine entries and its log, which has another incident's between them."""
    log, other, made = Log(key), bytes([9]) * 16, []
    occur = WALL - 3600 * 10**9

    def add(words, number, plain, author=ADA, **more):
        log.append(other, 11, body(11, field(1, 1), field(2, "of another incident")))
        made.append((log.append(incident, number, plain, author), words, more))
    add("Declared: Ransomware", 10,
        body(10, field(1, "INC-2026-0001"), field(2, "Ransomware"), field(6, 1)))
    add("Isolated 12 hosts", 11, body(11, field(1, 2), field(2, "Isolated 12 hosts"),
                                      field(3, field(1, "actor") + field(2, "soc")), occur=occur,
                                      precision=2),
        BOB, kind="ENTRY_KIND_ACTION", occur_time=time_text(occur), precision="PRECISION_MINUTE",
        attributes={"actor": "soc"}, corrected_by="4", corrected_text="Isolated 14 hosts")
    add("Paid nothing", 11, body(11, field(1, 3), field(2, "Paid nothing")),
        kind="ENTRY_KIND_DECISION",
        retracted_by="5")
    add("Isolated 14 hosts", 12, body(12, field(1, 2), field(2, "Isolated 14 hosts")),
        target_sequence="2")
    add("Retracted entry 3: not decided yet", 13,
        body(13, field(1, 3), field(2, "not decided yet")),
        target_sequence="3")
    add("Phase triage to containment: hosts isolated", 14,
        body(14, field(1, 1), field(2, 3), field(3, "hosts isolated")))
    add("early_warning is due", 23, body(23, field(1, "nis2.early_warning")), uuid.UUID(int=0))
    add("Lesson: keep a copy off line", 37, body(37, field(1, 5), field(2, "keep a copy off line")))
    sequence, leaf = log.last[incident]
    add("Exported", 41, body(41, field(1, "full"), field(2, sequence), field(3, leaf)))
    log.append(other, 11, body(11, field(1, 1), field(2, "after the export")))
    size = len(log.leaves)
    return {"format": "tocsin-bundle/1", "organisation": "default", "incident_id": incident.hex(),
            "incident": {"name": "incidents/INC-2026-0001", "title": "Ransomware", "drill": True},
            "authors": {str(ADA): "@ada", str(BOB): "@bob"}, "checkpoint": log.note(),
            "verifier_key": key.vkey(ORIGIN),
            "entries": [entry_of(log, m, size, text, **more) for m, text, more in made]}, log


def flip(text, at=0):
    raw = bytearray(base64.b64decode(text))
    raw[at] ^= 1
    return b64(bytes(raw))


class Cases:
    """Every way to break a bundle, with what a verifier must say first."""

    def __init__(self, folder):
        self.key, self.stranger = Key(folder, "log"), Key(folder, "stranger")
        self.bundle, self.log = make_bundle(self.key)
        self.cases = {}
        for group in (self.order, self.bodies, self.views, self.proofs, self.notes, self.files):
            group()

    def add(self, name, expected, change):
        """`change` edits a copy of the valid bundle."""
        bundle = copy.deepcopy(self.bundle)
        change(bundle)
        self.text(name, expected, json.dumps(bundle))

    def text(self, name, expected, text):
        assert name not in self.cases, name
        self.cases[name] = (text, expected)

    def edit(self, name, expected, path, value):
        """Sets one value; `value` may be a function of the old one."""
        def change(bundle):
            place = bundle
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value(place.get(path[-1]) if isinstance(place,
                                                                      dict) else place[path[-1]]) \
                if callable(value) else value
        self.add(name, expected, change)

    def resign(self, bundle, change):
        """Changes the text of the note and signs it again with the right key."""
        text = change(bundle["checkpoint"].split("\n\n")[0] + "\n")
        bundle["checkpoint"] = text + "\n" + self.key.signature_line(ORIGIN, text.encode())

    def order(self):
        def swap(bundle):
            entries = bundle["entries"]
            entries[2], entries[3] = entries[3], entries[2]

        def splice(bundle):
            foreign, log = make_bundle(self.key, bytes([8]) * 16)
            bundle["entries"][4] = foreign["entries"][4]
            self.resign(bundle, lambda _: log.note().split("\n\n")[0] + "\n")
            for index, entry in enumerate(bundle["entries"][:4]):
                entry["proof"] = self.bundle["entries"][index]["proof"]
        self.add("head dropped", "entry 1: the record in its place has sequence 2",
                 lambda b: b["entries"].pop(0))
        self.add("middle dropped", "entry 5: the record in its place has sequence 6",
                 lambda b: b["entries"].pop(4))
        self.add("tail dropped", "entry 8: is not the export entry: the tail is missing",
                 lambda b: b["entries"].pop())
        self.add("all dropped", "entry 0: is not the export entry: the tail is missing",
                 lambda b: b["entries"].clear())
        self.add("two swapped", "entry 3: the record in its place has sequence 4", swap)
        self.add("one twice", "entry 3: the record in its place has sequence 2",
                 lambda b: b["entries"].insert(2, b["entries"][1]))
        self.add("foreign incident spliced", "entry 5: belongs to another incident",
                 lambda b: b["entries"].__setitem__(4,
                                                    make_bundle(self.key,
                                                                bytes([8]) * 16)[0]["entries"][4]))
        self.add("foreign log spliced",
                 "entry 1: its proof does not lead to the checkpoint's root", splice)
        self.edit("other incident id", "entry 1: belongs to another incident", ["incident_id"],
                  "00" * 16)
        self.edit("back link broken", "entry 3: does not follow the entry before it",
                  ["entries", 2, "record"],
                  lambda r: flip(r, 52))

    def bodies(self):
        def swap(bundle):
            for key in ("body", "salt"):
                one, two = bundle["entries"][1], bundle["entries"][2]
                one[key], two[key] = two[key], one[key]

        def without(key):
            return lambda b: b["entries"][1].pop(key)
        self.add("bodies swapped", "entry 2: its body is not the committed one", swap)
        self.edit("body changed", "entry 4: its body is not the committed one",
                  ["entries", 3, "body"],
                  lambda t: flip(t, 5))
        self.edit("salt changed", "entry 4: its body is not the committed one",
                  ["entries", 3, "salt"], flip)
        self.edit("salt cut", "entry 4: salt has 31 bytes instead of 32", ["entries", 3, "salt"],
                  lambda t: b64(base64.b64decode(t)[:31]))
        self.add("body without salt", "entry 2: salt is missing or not of type str",
                 without("salt"))
        self.add("salt without body", "entry 2: body is missing or not of type str",
                 without("body"))
        self.edit("withheld with body", "entry 2: is withheld, yet has body or salt",
                  ["entries", 1, "withheld"], True)
        self.edit("withheld as text", "entry 2: withheld is missing or not of type bool",
                  ["entries", 1, "withheld"], "true")

        def hide(bundle):
            entry = bundle["entries"][1]
            entry["withheld"] = True
            del entry["body"], entry["salt"]
        self.add("withheld with text", "entry 2: the view's text is not recorded", hide)
        self.edit("padding variant", "entry 2: body is not base64 in its one spelling",
                  ["entries", 1, "body"],
                  lambda t: t.rstrip("=") + "====")
        self.edit("line break in base64", "entry 2: record is not base64 in its one spelling",
                  ["entries", 1, "record"], lambda t: t[:8] + "\n" + t[8:])
        self.edit("urlsafe base64", "entry 2: body is not base64 in its one spelling",
                  ["entries", 1, "body"],
                  lambda t: "-_" + t[2:])

    def views(self):
        view = ["entries", 1, "view"]
        for key, value in (("text", "Isolated 13 hosts"), ("sequence", "3"), ("log_index", "0"),
                           ("type", "entry-corrected"), ("author", "@ada"),
                           ("kind", "ENTRY_KIND_DECISION"),
                           ("record_time", "2026-05-28T20:29:40Z"),
                           ("occur_time", "2026-05-28T19:26:41Z"),
                           ("precision", "PRECISION_DAY"), ("tlp", "TLP_CLEAR"), ("attributes", {}),
                           ("leaf_hash", b64(bytes(32))), ("record_time", "yesterday")):
            name = f"view {key} {value if key == 'record_time' else ''}".replace(":", "").strip()
            self.edit(name, f"entry 2: the view's {key} is not recorded", view + [key], value)
        self.add("view without claimed time", "entry 2: the view's occur_time is not recorded",
                 lambda b: b["entries"][1]["view"].pop("occur_time"))
        self.edit("view with claimed time", "entry 3: the view's occur_time is not recorded",
                  ["entries", 2, "view", "occur_time"], "2026-05-28T19:26:41Z")
        self.edit("view text as number", "entry 2: the view's text is not recorded",
                  view + ["text"], 5)
        self.edit("finding changed", "entry 8: the view's text is not recorded",
                  ["entries", 7, "view", "text"],
                  "Lesson: pay at once")
        self.edit("reason of a phase changed", "entry 6: the view's text is not recorded",
                  ["entries", 5, "view", "text"], "Phase triage to containment: boredom")
        self.edit("correction changed", "entry 4: the view's text is not recorded",
                  ["entries", 3, "view", "text"], "Isolated 15 hosts")
        self.edit("corrected text changed", "entry 2: the view's correction is not recorded",
                  view + ["corrected_text"], "Isolated 15 hosts")
        self.add("retraction hidden", "entry 3: the view's correction is not recorded",
                 lambda b: b["entries"][2]["view"].pop("retracted_by"))
        self.edit("retraction invented", "entry 6: the view's correction is not recorded",
                  ["entries", 5, "view", "retracted_by"], "9")
        self.edit("author of the server", "entry 7: the view's author is not recorded",
                  ["entries", 6, "view", "author"], "@ada")
        self.edit("author unknown", "entry 2: the view's author is not recorded", ["authors"],
                  {str(ADA): "@ada"})
        self.edit("title changed", "entry 1: the incident's name, title or drill is not recorded",
                  ["incident", "title"], "Phishing")
        self.edit("drill hidden", "entry 1: the incident's name, title or drill is not recorded",
                  ["incident", "drill"], False)
        self.edit("view is a list", "entry 2: view is missing or not of type dict", view, [])

    def proofs(self):
        wrong = "entry 3: its proof does not lead to the checkpoint's root"
        proof = ["entries", 2, "proof"]
        self.edit("proof bit flipped", wrong, proof, lambda p: [flip(p[0])] + p[1:])
        self.edit("proof too short", wrong, proof, lambda p: p[:-1])
        self.edit("proof too long", wrong, proof, lambda p: p + p[-1:])
        self.edit("proof empty", wrong, proof, [])
        self.edit("proof reversed", wrong, proof, lambda p: p[::-1])
        self.edit("proof of the next index", wrong, proof, [b64(h) for h in self.log.proof(6, 19)])
        self.edit("proof of the index before", wrong, proof,
                  [b64(h) for h in self.log.proof(4, 19)])
        self.edit("proof for another size", wrong, proof, [b64(h) for h in self.log.proof(5, 12)])
        self.edit("leaf offered as node", wrong, proof, lambda p: p[1:])
        self.edit("proof hash cut", "entry 3: proof has 31 bytes instead of 32", proof,
                  lambda p: [b64(bytes(31))] + p[1:])
        self.edit("proof of numbers", "entry 3: proof is not base64 in its one spelling", proof,
                  [1, 2])
        for name, by in (("index plus one", 1), ("index minus one", -1)):
            def shift(record, by=by):
                raw = bytearray(base64.b64decode(record))
                raw[20:28] = struct.pack(">Q", struct.unpack(">Q", raw[20:28])[0] + by)
                return b64(bytes(raw))
            self.edit(name, wrong, ["entries", 2, "record"], shift)
        self.edit("record cut", "entry 3: record has 248 bytes instead of 249",
                  ["entries", 2, "record"],
                  lambda r: b64(base64.b64decode(r)[:-1]))
        self.edit("record prefix", "entry 3: its record has the wrong prefix",
                  ["entries", 2, "record"], flip)

    def notes(self):
        note = ["checkpoint"]
        self.edit("rolled back", "entry 1: its proof does not lead to the checkpoint's root", note,
                  self.log.note(17))
        self.edit("rolled back to the start",
                  "entry 1: its log index does not rise, or is not in the log", note,
                  self.log.note(1))
        self.edit("forked", "entry 1: its proof does not lead to the checkpoint's root", note,
                  self.log.note(root=bytes(32)))
        bad = "note: the signature by the log's key is wrong"
        self.edit("signature flipped", bad, note,
                  lambda n: n[:n.rindex(" ") + 1] + flip(n[n.rindex(" ") + 1:-1], 9)
                  + "\n")
        self.edit("signature cut", bad, note, lambda n: n[:n.rindex(" ") + 1]
                  + b64(base64.b64decode(n[n.rindex(" ") + 1:-1])[:-1]) + "\n")
        self.edit("size changed", bad, note, lambda n: n.replace("\n19\n", "\n18\n"))

        def signed(change):
            return lambda b: self.resign(b, change)
        three = "note: is not exactly origin, size and root"
        self.add("extra line", three, signed(lambda t: t + "extension\n"))
        self.add("line missing", three, signed(lambda t: t.split("\n", 1)[1]))
        self.add("size with zeros", "note: its size is malformed",
                 signed(lambda t: t.replace("\n19\n", "\n019\n")))
        self.add("root cut", "note: its root has 31 bytes instead of 32",
                 signed(lambda t: "\n".join(t.split("\n")[:2] + [b64(bytes(31)), ""])))
        self.add("other origin", "note: its origin is not the key's name",
                 signed(lambda t: "x" + t))
        self.edit("carriage returns", "note: holds a control character", note,
                  lambda n: n.replace("\n", "\r\n"))
        gap = "note: has no empty line or no newline at its end"
        self.edit("no empty line", gap, note, lambda n: n.replace("\n\n", "\n"))
        self.edit("no newline at the end", gap, note, lambda n: n[:-1])
        self.edit("seventeen signatures", "note: has more than 16 signatures", note,
                  lambda n: n + (n[n.index("\u2014"):]) * 16)
        self.edit("long note", "note: is longer than 10000 characters", note,
                  lambda n: n + "x" * 10_000)
        self.edit("signature with a dash", "note: a signature line is malformed", note,
                  lambda n: n.replace("\u2014", "-"))
        self.edit("second spelling", "note: a signature is not base64 in its one spelling", note,
                  lambda n: n[:-1].rstrip("=") + "\n")

        def text(n):
            return n.split("\n\n")[0].encode() + b"\n"
        self.edit("stranger only", "note: is not signed by the log's key, or twice", note,
                  lambda n: text(n).decode() + "\n" + self.stranger.signature_line(ORIGIN, text(n)))
        self.edit("signed without the newline", bad, note, lambda n: text(n).decode() + "\n"
                  + self.key.signature_line(ORIGIN, text(n)[:-1]))
        self.edit("signed twice", "note: is not signed by the log's key, or twice", note,
                  lambda n: n + n[n.index("\u2014"):])
        self.edit("stranger beside", "ok", note,
                  lambda n: n + self.stranger.signature_line("witness", text(n)))
        self.edit("other key", "note: is not signed by the log's key, or twice", ["verifier_key"],
                  self.stranger.vkey(ORIGIN))
        self.edit("key hash", "key: its hash is not its own", ["verifier_key"],
                  f"{ORIGIN}+00000000+{b64(bytes([1]) + self.key.public)}")
        self.edit("key algorithm", "key: is not an Ed25519 key", ["verifier_key"],
                  f"{ORIGIN}+00000000+{b64(bytes([2]) + self.key.public)}")
        self.edit("key form", "key: is not name+hash+base64", ["verifier_key"], "tocsin")

    def files(self):
        whole = json.dumps(self.bundle)
        broken = "bundle: is not valid JSON in UTF-8"
        self.text("valid", "ok", whole)
        self.text("unknown fields", "ok", whole[:-1] + ', "later": [1, {"a": null}]}')
        self.text("cut file", broken, whole[:-10])
        self.text("empty file", broken, "")
        self.text("two objects", broken, whole + whole)
        self.text("not a number", broken, whole[:-1] + ', "x": NaN}')
        self.text("deep nesting", broken, "[" * 200_000)
        self.text("a list", "bundle: is not an object", "[]")
        self.text("duplicate key", "bundle: a key stands twice in one object",
                 whole[:-1] + ', "format": "tocsin-bundle/1"}')
        self.text("duplicate key inside", "bundle: a key stands twice in one object",
                 whole.replace('"record":', '"body": "", "record":', 1))
        self.edit("other format", "bundle: its format is not tocsin-bundle/1", ["format"],
                  "tocsin-bundle/2")
        self.add("no checkpoint", "bundle: checkpoint is missing or not of type str",
                 lambda b: b.pop("checkpoint"))
        self.edit("entries as object", "bundle: entries is missing or not of type list",
                  ["entries"], {})
        self.edit("entry as text", "entry 1: is not an object", ["entries", 0], "x")
        self.edit("record as number", "entry 1: record is missing or not of type str",
                  ["entries", 0, "record"], 7)
        self.edit("terminal codes", "entry 2: the view's author is not recorded",
                  ["entries", 1, "view", "author"], "\x1b[2J")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as keys:
        for name, (text, expected) in Cases(keys).cases.items():
            path = folder / name.replace(" ", "_")
            path.with_suffix(".json").write_text(text, encoding="utf-8")
            path.with_suffix(".expected").write_text(expected, encoding="utf-8")


if __name__ == "__main__":
    main()
