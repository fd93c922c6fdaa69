#!/usr/bin/env python3
"""Checks an export bundle of Tocsin offline, with Python's standard library and openssl alone.
Exit 0 with counts; 1 and the first thing that is wrong; 2 when the file or openssl cannot be used.
Written from RFC 9162, C2SP signed-note and tlog-checkpoint, and docs/bundle-format.md. Not checked:
whether a statement is true, whose handle an author's id has, what is derived from the entries."""
import argparse, base64, datetime, hashlib, json, pathlib  # noqa: E401
import re, struct, subprocess, sys, tempfile, uuid  # noqa: E401
RECORD = struct.Struct(">16sHHQ16sQ32sQIQ16s16s16sB32s32s32s")  # 249 bytes
# The entry types from 10 on, and the fields whose words the text of the view must hold.
TABLE = [token.partition(":") for token in """incident-declared:2 entry-recorded entry-corrected:2
entry-retracted:2 phase-changed:3 severity-changed:3 role-assigned member-added incident-closed:1
incident-reopened:1 anchor-recorded:3 impact-assessed:2 significance-decided:3 obligation-updated
obligation-reminded obligation-missed intermediate-requested:1 notification-drafted
notification-approved notification-submitted notification-acknowledged obligation-waived:2
run-started step-completed:3 step-skipped:3 step-assigned review-opened finding-added:2
action-item-added:2 action-item-completed:2 review-published:13 incident-exported regime-adopted:2
criteria-assessed - awareness-decided:3 awareness-gap-warned - - - branch-decided step-answered:4
step-reminded step-overdue step-repeated run-joined step-confirmed:3 handover-offered:3
handover-answered:4 situation-reported:234 - - - - - - - - - - drill-started drill-clock-set
inject-delivered:5 drill-declared:1 drill-stopped:1 drill-judged:3 review-invited review-submitted:1
review-read:2 review-waived:1 action-item-changed:5 action-item-dropped:2 action-item-alerted
action-item-evaluated:3 - - - - - - alert-acknowledged alert-escalated - - - - evidence-added:256
evidence-moved:35 evidence-stored evidence-retrieved""".split()]
TYPES = {n: name for n, (name, _, _) in enumerate(TABLE, 10) if name != "-"}
DECLARED, RECORDED, CORRECTED, RETRACTED, EXPORTED = 10, 11, 12, 13, 41
TLP = dict(enumerate("CLEAR GREEN AMBER AMBER_STRICT RED".split(), 1))
PRECISION = dict(enumerate("UNSPECIFIED SECOND MINUTE HOUR DAY MONTH".split()))
KIND = dict(enumerate("OBSERVATION ACTION DECISION COMMUNICATION EVIDENCE DETECTION "
                      "ATTACKER_ACTIVITY NOTIFICATION IMPACT RECOVERY REVIEW".split(), 1))
class Wrong(Exception): pass  # the first thing that is wrong, in words; noqa: E701
def check(condition, message):
    if not condition:
        raise Wrong(message)

def show(text):
    print("".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text))

def get(thing, key, kind, where, default=None):
    value = thing.get(key, default)
    check(type(value) is kind, f"{where}: {key} is missing or not of type {kind.__name__}")
    return value

def unbase64(text, what, size=None):
    try:
        raw = base64.b64decode(text)
    except (ValueError, TypeError):
        raw = b""
    check(base64.b64encode(raw).decode() == text, f"{what} is not base64 in its one spelling")
    check(size in (None, len(raw)), f"{what} has {len(raw)} bytes instead of {size}")
    return raw

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def load(raw):
    def unique(pairs):
        check(len(dict(pairs)) == len(pairs), "bundle: a key stands twice in one object")
        return dict(pairs)
    try:
        bundle = json.loads(raw.decode(), object_pairs_hook=unique, parse_constant=int)
    except (ValueError, RecursionError):
        raise Wrong("bundle: is not valid JSON in UTF-8") from None
    return bundle if isinstance(bundle, dict) else check(False, "bundle: is not an object")

def signature_is_good(public_key, message, signature):
    with tempfile.TemporaryDirectory() as folder:
        key, text, sig = (pathlib.Path(folder, name) for name in ("key", "text", "sig"))
        key.write_bytes(bytes.fromhex("302a300506032b6570032100") + public_key)  # SPKI
        _ = text.write_bytes(message), sig.write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key,
                   "-rawin", "-in", text, "-sigfile", sig]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

def read_note(note, vkey):
    """The size, root and number of good signatures of a signed checkpoint."""
    match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+(\S+)", vkey)
    check(match, "key: is not name+hash+base64")
    name, key_id, key = match[1], match[2], unbase64(match[3], "key: its last part", 33)
    check(key[0] == 1, "key: is not an Ed25519 key")
    check(sha256(name.encode(), b"\n", key)[:4].hex() == key_id, "key: its hash is not its own")
    check(len(note) <= 10_000, "note: is longer than 10000 characters")
    check(not re.search(r"[\0-\x09\x0b-\x1f\x7f]", note), "note: holds a control character")
    body, gap, signed = note.partition("\n\n")
    check(gap and signed.endswith("\n"), "note: has no empty line or no newline at its end")
    lines, signatures, good = body.split("\n"), signed[:-1].split("\n"), 0
    check(len(lines) == 3, "note: is not exactly origin, size and root")
    check(lines[0] == name, "note: its origin is not the key's name")
    check(re.fullmatch(r"0|[1-9][0-9]{0,17}", lines[1]), "note: its size is malformed")
    root = unbase64(lines[2], "note: its root", 32)
    check(len(signatures) <= 16, "note: has more than 16 signatures")
    for line in signatures:
        match = re.fullmatch("\u2014 ([^\\s+]+) (\\S+)", line)
        check(match, "note: a signature line is malformed")
        raw = unbase64(match[2], "note: a signature")
        if match[1] == name and raw[:4].hex() == key_id:  # others are ignored, says C2SP
            check(len(raw) == 68 and signature_is_good(key[1:], (body + "\n").encode(), raw[4:]),
                  "note: the signature by the log's key is wrong")
            good += 1
    check(good == 1, "note: is not signed by the log's key, or twice")
    return int(lines[1]), root, good

def root_of(leaf, index, size, proof):
    """RFC 9162 section 2.1.3.2; None when the proof has the wrong length."""
    last, value = size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            value = sha256(b"\1", sibling, value)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            value = sha256(b"\1", value, sibling)
        index, last = index >> 1, last >> 1
    return value if last == 0 else None

def message(data, where):
    """A Protocol Buffers message as {field: last value}, and all its values as {-field: list}."""
    found, at = {}, 0
    def varint(at, value=0, shift=0):
        while True:
            check(at < len(data) and shift < 64, f"{where}: its body is malformed")
            value, shift, at = value | (data[at] & 127) << shift, shift + 7, at + 1
            if data[at - 1] < 128:
                return value, at
    while at < len(data):
        tag, at = varint(at)
        value, at = varint(at)
        check(tag > 7 and tag & 7 in (0, 2), f"{where}: its body is malformed")
        if tag & 7 == 2:
            check(at + value <= len(data), f"{where}: its body is malformed")
            value, at = data[at:at + value], at + value
        found[tag >> 3] = value
        found.setdefault(-(tag >> 3), []).append(value)
    return found

def text_of(fields, number):
    return fields[number].decode(errors="replace") if type(fields.get(number)) is bytes else ""

def nanoseconds(text):
    match = re.fullmatch(r"([\dT:-]{19})(?:\.(\d{1,9}))?Z", str(text), re.ASCII)
    try:
        span = datetime.datetime.fromisoformat(match[1]) - datetime.datetime(1970, 1, 1)
    except (TypeError, ValueError):
        return None
    whole = (span.days * 86400 + span.seconds) * 10**9  # % 2**64: two's complement before 1970
    return (whole + int((match[2] or "").ljust(9, "0"))) % 2**64

def check_view(view, record, leaf, body, authors, where):
    """What is readable is what the record and its committed body say. Returns the body's event."""
    kind, index, sequence, wall, actor, tlp = (record[i] for i in (1, 3, 5, 7, 12, 13))
    author = authors.get(str(uuid.UUID(bytes=actor)), "?") if any(actor) else "@server"
    said = {"sequence": str(sequence), "log_index": str(index), "author": author,
            "type": TYPES.get(kind, f"unknown-{kind}"), "tlp": "TLP_" + TLP.get(tlp, "?"),
            "leaf_hash": base64.b64encode(leaf).decode(), "record_time": wall}
    event, words = {}, []
    said |= {"text": "", "attributes": {}} if body is None else {}
    if body is not None:
        good = type(body.get(kind)) is bytes and not any(n > 9 and n != kind for n in body)
        check(good, f"{where}: its body is not of its record's type")
        event, claimed = message(body[kind], where), body.get(1, 0)
        words = [text_of(event, int(n)) for n in (TABLE[kind - 10][2] if kind in TYPES else "")]
        said |= {"occur_time": claimed or wall} if claimed or "occur_time" in view else {}
        if claimed:
            said["precision"] = "PRECISION_" + PRECISION.get(body.get(2, 0), "?")
    if event and kind == RECORDED:
        pairs = [message(pair, where) for pair in event.get(-3, []) if type(pair) is bytes]
        said |= {"text": text_of(event, 2), "kind": "ENTRY_KIND_" + KIND.get(event.get(1), "?"),
                 "attributes": {text_of(pair, 1): text_of(pair, 2) for pair in pairs}}
    empty = {"log_index": "0", "text": "", "attributes": {}, "precision": "PRECISION_UNSPECIFIED"}
    for key, value in said.items():
        shown = view.get(key, empty.get(key))
        shown = nanoseconds(shown) if key.endswith("_time") else shown
        check(shown == value, f"{where}: the view's {key} is not recorded")
    text = get(view, "text", str, where, "")
    check(all(word in text for word in words), f"{where}: the view's text is not recorded")
    return event

def verify(bundle, pinned):
    """The counts, and the timeline as (sequence, view). Raises Wrong."""
    check(bundle.get("format") == "tocsin-bundle/1", "bundle: its format is not tocsin-bundle/1")
    vkey, note = (get(bundle, key, str, "bundle") for key in ("verifier_key", "checkpoint"))
    check(pinned in (None, vkey), "key: the bundle's key is not the one given with --key")
    size, root, signatures = read_note(note, vkey)
    incident, authors = (get(bundle, key, dict, "bundle") for key in ("incident", "authors"))
    entries, previous, last, kind = get(bundle, "entries", list, "bundle"), bytes(32), -1, 0
    withheld, told = 0, {}  # told: sequence -> what a correction or retraction says of it
    for number, entry in enumerate(entries, 1):
        where = f"entry {number}"
        check(isinstance(entry, dict), f"{where}: is not an object")
        raw = unbase64(get(entry, "record", str, where), f"{where}: record", RECORD.size)
        record, leaf = RECORD.unpack(raw), sha256(b"\0", raw)
        prefix, kind, _, index, owner, sequence, back = record[:7]
        check(prefix == b"tocsin/entry/v1\n", f"{where}: its record has the wrong prefix")
        check(owner.hex() == bundle.get("incident_id"), f"{where}: belongs to another incident")
        check(sequence == number, f"{where}: the record in its place has sequence {sequence}")
        check(back == previous, f"{where}: does not follow the entry before it")
        check(last < index < size, f"{where}: its log index does not rise, or is not in the log")
        proof = [unbase64(h, f"{where}: proof", 32) for h in get(entry, "proof", list, where)]
        check(root_of(leaf, index, size, proof) == root,
              f"{where}: its proof does not lead to the checkpoint's root")
        view, body = get(entry, "view", dict, where), None
        if get(entry, "withheld", bool, where, False):
            check(not {"body", "salt"} & set(entry), f"{where}: is withheld, yet has body or salt")
            withheld += 1
        else:
            body = unbase64(get(entry, "body", str, where), f"{where}: body")
            salt = unbase64(get(entry, "salt", str, where), f"{where}: salt", 32)
            committed = sha256(b"tocsin/pt/v1\n", salt, body) == record[14]
            check(committed, f"{where}: its body is not the committed one")
            body = message(body, where)
        event = check_view(view, record, leaf, body, authors, where)
        said = ["incidents/" + text_of(event, 1), text_of(event, 2), event.get(6, 0) == 1]
        good = said == [incident.get("name"), incident.get("title"), incident.get("drill", False)]
        check(good or kind != DECLARED or not event,
              f"{where}: the incident's name, title or drill is not recorded")
        if kind in (CORRECTED, RETRACTED):
            told.setdefault(event.get(1), {}).update(
                {"retracted_by": str(sequence)} if kind == RETRACTED else
                {"corrected_by": str(sequence), "corrected_text": text_of(event, 2)})
        good = kind != EXPORTED or (event.get(2), event.get(3)) == (sequence - 1, previous)
        check(good or not event, f"{where}: does not name the entry before it as the last exported")
        previous, last = leaf, index
    check(kind == EXPORTED, f"entry {len(entries)}: is not the export entry: the tail is missing")
    none = {"corrected_by": "0", "corrected_text": "", "retracted_by": "0"}
    for number, view in enumerate([entry["view"] for entry in entries], 1):
        good = none | told.get(number, {}) == {key: view.get(key, none[key]) for key in none}
        check(good or withheld, f"entry {number}: the view's correction is not recorded")
    return (f"{number} entries, {number} proofs, {number - withheld} commitments, "
            f"{withheld} withheld, {signatures} signatures; log size {size}, root {root.hex()}")

def main():
    parser = argparse.ArgumentParser(description="Checks an export bundle of Tocsin offline.")
    parser.add_argument("bundle", metavar="BUNDLE", help="what tocsin export --format json wrote")
    parser.add_argument("--key", metavar="VKEY", help="the log's key, known from another channel")
    parser.add_argument("--timeline", action="store_true", help="print the entries as well")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        counts = verify(bundle := load(pathlib.Path(options.bundle).read_bytes()), options.key)
    except (Wrong, UnicodeError) as wrong:
        return show(f"wrong: {wrong}") or 1
    except (OSError, MemoryError) as e: return show(f"cannot verify: {e}") or 2  # noqa: E701
    for view in (entry["view"] for entry in bundle["entries"]) if options.timeline else ():
        show("{sequence:>5} {record_time} {author} {type}: ".format(**view) + view.get("text", ""))
    origin = "as given" if options.key else "from the bundle: compare it with another copy"
    return show(f"ok: {counts}, key {bundle['verifier_key']} ({origin})") or 0

if __name__ == "__main__":
    sys.exit(main())
