"""Makes signed bundles for the tests of reports: secret in parts, hostile in every text, and large.

    report_factory.py FOLDER             mixed.json, named.json, hostile.json, scripts.json
    report_factory.py FOLDER --large N   large.json with N entries

They verify like any other: log, tree, bodies and note are those of ../verify/bundle_factory.py.
"""
import functools
import json
import pathlib
import sys
import tempfile
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "verify"))
from bundle_factory import (ADA, BOB, MINUTE, NAMES, ORIGIN, WALL, Key, Log, body,  # noqa: E402
                            entry_of, field, time_text)

CLEAR, GREEN, AMBER, RED = 1, 2, 3, 5
INCIDENT = bytes([7]) * 16
NAMES |= {16: "role-assigned", 21: "impact-assessed", 29: "notification-submitted",
          38: "action-item-added", 39: "action-item-completed", 40: "review-published",
          57: "handover-offered"}
KINDS = ("", "OBSERVATION", "ACTION", "DECISION", "COMMUNICATION", "EVIDENCE", "DETECTION",
         "ATTACKER_ACTIVITY", "NOTIFICATION", "IMPACT", "RECOVERY", "REVIEW")


class FastLog(Log):
    """The same tree, each node computed once: its leaves never change."""

    def append(self, *arguments, **more):
        self.node.cache_clear()
        return super().append(*arguments, **more)

    @functools.lru_cache(maxsize=None)
    def node(self, low, high):
        return super().root(low, high)

    def root(self, low, high):
        return self.node(low, high)


class Maker:
    """One incident, entry by entry; `bundle` ends it."""

    def __init__(self, key, title, tlp=AMBER, drill=False):
        self.log, self.made, self.title, self.drill = FastLog(key), [], title, drill
        self.key = key
        self.add(10, f"Declared: {title}", field(1, "INC-2026-0001"), field(2, title), field(3, 1),
                 *([field(6, 1)] if drill else []), tlp=tlp)

    def add(self, number, text, *parts, tlp=AMBER, author=ADA, occur=None, **view):
        plain = body(number, *parts, occur=occur or 0)
        if occur:
            view |= {"occur_time": time_text(occur), "precision": "PRECISION_SECOND"}
        self.made.append((self.log.append(INCIDENT, number, plain, author, tlp), text, view))
        return len(self.made)

    def say(self, kind, text, tlp=AMBER, attributes=None, **more):
        pairs = [field(3, field(1, k) + field(2, v)) for k, v in (attributes or {}).items()]
        view = {"kind": "ENTRY_KIND_" + KINDS[kind]}
        if attributes:
            view["attributes"] = attributes
        return self.add(11, text, field(1, kind), field(2, text), *pairs, tlp=tlp, **view, **more)

    def correct(self, sequence, text, tlp=AMBER):
        number = self.add(12, text, field(1, sequence), field(2, text), tlp=tlp,
                          target_sequence=str(sequence))
        self.made[sequence - 1][2].update(corrected_by=str(number), corrected_text=text)
        return number

    def bundle(self, incident=None, **more):
        sequence, leaf = self.log.last[INCIDENT]
        self.add(41, "Exported", field(1, "full"), field(2, sequence), field(3, leaf))
        size = len(self.log.leaves)
        entries = [entry_of(self.log, made, size, text, **view) for made, text, view in self.made]
        return {"format": "tocsin-bundle/1", "organisation": "Harbour Utilities", "profile": "full",
                "exported_by": "@ada", "export_time": time_text(self.made[-1][0]["wall"]),
                "incident_id": INCIDENT.hex(),
                "incident": {"name": "incidents/INC-2026-0001", "title": self.title,
                             "drill": self.drill, "severity": "SEVERITY_SEV1",
                             "phase": "PHASE_CONTAINMENT", "tlp": "TLP_AMBER",
                             "declare_time": time_text(self.made[0][0]["wall"]),
                             "declared_by": "@ada", "time_zone": "Europe/Brussels",
                             "role_holders": [{"role": "INCIDENT_ROLE_COMMANDER",
                                               "handle": "@ada"}]} | (incident or {}),
                "authors": {str(ADA): "@ada", str(BOB): "@bob"}, "checkpoint": self.log.note(),
                "verifier_key": self.key.vkey(ORIGIN), "entries": entries} | more


def mixed(key):
    """Entries of every colour; each text says which, so that a test finds what should be gone."""
    maker = Maker(key, "Files encrypted CLEARWORD", tlp=CLEAR, drill=True)
    maker.say(6, "Alarm seen GREENWORD", tlp=GREEN, occur=WALL - 60 * MINUTE)
    first = maker.say(2, "Isolated 12 hosts CLEARWORD", tlp=CLEAR, author=BOB)
    maker.correct(first, "Isolated 14 hosts AMBERWORD")
    maker.say(7, "Domain admin taken REDWORD", tlp=RED, occur=WALL - 90 * MINUTE)
    maker.say(4, "Told customers CLEARWORD", tlp=CLEAR)
    impact = maker.add(21, "Impact: services=AMBERWORD", field(1, field(1, "services") +
                                                               field(2, "AMBERWORD")))
    shown = maker.add(21, "Impact: users_affected=1200", field(1, field(1, "users_affected") +
                                                               field(2, "1200")), tlp=CLEAR)
    duty = maker.add(23, "early_warning is due AMBERWORD", field(1, "nis2.early_warning"),
                     author=uuid.UUID(int=0))
    maker.add(16, "@bob is scribe", field(1, 3), field(2, BOB.bytes), tlp=CLEAR)
    lesson = maker.add(37, "Lesson: REDWORD lesson", field(1, 5), field(2, "REDWORD lesson"),
                       tlp=RED)
    good = maker.add(37, "Lesson: keep a copy CLEARWORD", field(1, 5),
                     field(2, "keep a copy CLEARWORD"), tlp=CLEAR)
    published = maker.add(40, "Review published: AMBERWORD summary",
                          field(1, "AMBERWORD summary"))
    return maker.bundle(
        {"attributes": {"summary": "Servers were encrypted CLEARWORD."}, "members": ["@bob"],
         "later_field": "AMBERWORD",
         "impact": [{"key": "services", "value": "AMBERWORD", "sequence": str(impact)},
                    {"key": "users_affected", "value": "1200", "sequence": str(shown)}],
         "anchors": [{"anchor": "aware", "time": time_text(WALL), "because": "AMBERWORD call",
                      "stated_by": "@ada", "sequence": str(duty)}]},
        later_part={"text": "AMBERWORD"},
        obligations=[{"name": "incidents/INC-2026-0001/obligations/nis2.early_warning",
                      "regime": "nis2", "stage": "early_warning", "label": "AMBERWORD warning",
                      "state": "OBLIGATION_STATE_OPEN", "due_time": time_text(WALL + 1440 * MINUTE),
                      "anchor": "aware", "anchor_time": time_text(WALL)}],
        explanations=[{"obligation": {"name": "incidents/INC-2026-0001/obligations/"
                                              "nis2.early_warning", "stage": "early_warning"},
                       "rule_id": "r", "pack_version": "1", "arithmetic": "AMBERWORD + 24 h"}],
        review={"state": "published", "summary": "AMBERWORD summary",
                "publish_time": time_text(WALL),
                "findings": [{"kind": "FINDING_KIND_LESSON", "text": "REDWORD lesson",
                              "author": "@bob", "sequence": str(lesson)},
                             {"kind": "FINDING_KIND_LESSON", "text": "keep a copy CLEARWORD",
                              "author": "@bob", "sequence": str(good)}],
                "action_items": [{"id": "action-1", "text": "AMBERWORD", "owner": "@bob",
                                  "sequence": str(published)}]})


def named(key):
    """People named by the server beside people named in what somebody wrote; nothing is secret."""
    maker = Maker(key, "Names", tlp=CLEAR)
    maker.add(16, "@bob is scribe", field(1, 3), field(2, BOB.bytes), tlp=CLEAR,
              attributes={"principal": "@bob", "role": "scribe"})
    quote = "ask @bob to call carol@example.org"
    maker.add(38, f"action-1 for @bob by 2026-06-01: {quote}", field(1, "action-1"),
              field(2, quote), tlp=CLEAR)
    maker.add(57, "@ada offers scribe to @dave.", field(1, 3), field(2, BOB.bytes), tlp=CLEAR)
    return maker.bundle(
        {"members": ["@dave"], "later_field": "@erin"},
        explanations=[{"obligation": {"name": "x/nis2.final"}, "anchor_stated_by": "@erin",
                       "anchor_because": "SECRETWORD"}],
        runs=[{"name": "x/run-1", "title": "Run", "start_time": time_text(WALL),
               "steps": [{"step": {"title": "Look"}, "state": "not-taken", "holders": ["@dave"],
                          "branch_reason": "no data left"}]}])


def hostile(key, beacon):
    """Whatever might run, load or escape, in every text. `beacon` is where a request would go."""
    attack = (f"\"'><script>document.title='owned';fetch('{beacon}')</script>"
              f"<img src={beacon} onerror=document.title='owned'>"
              f"<svg onload=document.title='owned'></title></svg>]]>--><style>@import '{beacon}';"
              f"</style><iframe src={beacon}></iframe><a href=\"javascript:alert(1)\">x</a>"
              f"<a id=\"tocsin-bundle\" download=\"x\" href=\"data:application/gzip;base64,AAAA\">"
              f" [a]({beacon}) ![i]({beacon}) `c` **b** | y\n# Owned\n<meta http-equiv=refresh "
              f"content=0;url={beacon}> =cmd|' /C calc'!A0 \\u202e")
    maker = Maker(key, attack, drill=True)
    for kind in range(1, 12):
        maker.say(kind, attack, attributes={"source": f"{beacon}/\" onclick=x", attack: attack,
                                            "metric": attack, "value": attack},
                  occur=WALL - kind * MINUTE)
    maker.correct(2, attack)
    for formula in ("=1+1", "+1", "-1", "@SUM(1)", "\t=1", "%0A=1", "|calc"):
        maker.say(1, formula)
    return maker.bundle(
        {"attributes": {"summary": attack, "sources": attack, attack: attack},
         "impact": [{"key": attack, "value": attack, "sequence": "2"}],
         "anchors": [{"anchor": "aware", "time": time_text(WALL), "because": attack,
                      "stated_by": attack, "sequence": "2"}],
         "significant": attack, "declared_by": attack,
         "role_holders": [{"role": "INCIDENT_ROLE_COMMANDER", "handle": attack}]},
        organisation=attack, exported_by=attack, profile=attack,
        obligations=[{"name": f"x/{attack}", "stage": attack, "label": attack, "anchor": attack,
                      "article": attack, "state": "OBLIGATION_STATE_MET",
                      "due_time": time_text(WALL + 60 * MINUTE), "anchor_time": time_text(WALL),
                      "submit_time": time_text(WALL + 90 * MINUTE), "submit_reference": attack,
                      "late_by_seconds": "1800", "late_reason": attack}],
        runs=[{"name": "x/run-1", "title": attack, "version": attack, "digest": attack,
               "start_time": time_text(WALL),
               "steps": [{"step": {"title": attack}, "state": "done", "finished_by": attack,
                          "note": attack, "finish_time": time_text(WALL)}]}],
        review={"state": "published", "summary": attack, "publish_time": time_text(WALL),
                "findings": [{"kind": "FINDING_KIND_BAD", "text": attack, "author": attack,
                              "sequence": "2"}],
                "action_items": [{"id": attack, "text": attack, "owner": attack,
                                  "evidence": attack, "sequence": "2"}]})


def scripts(key):
    """The world's writing, and a word without an end."""
    maker = Maker(key, "Ångström Đà Nẵng 東京 القاهرة תל אביב 🔥")
    for kind, text in ((1, "中文：服务器已加密。日本語：サーバーが暗号化された。한국어: 서버가 암호화되었다."),
                       (2, "العربية: تم عزل 14 خادمًا (VLAN 7) ثم أُعيد التشغيل."),
                       (3, "עברית: השרת בודד בשעה 10:42 (srv-7)."),
                       (4, "Emoji: 🔥 🚨 👩‍💻 🇪🇺 ✅"),
                       (5, "Combining: e\u0301 a\u030a n\u0303 o\u0302\u0323 Z\u0351\u0352\u0353"),
                       (6, "Ελληνικά, Кириллица, हिन्दी, ไทย, ქართული"),
                       (7, "x" * (5 << 20))):
        maker.say(kind, text, occur=WALL - kind * MINUTE)
    return maker.bundle()


def large(key, entries):
    maker = Maker(key, "Large incident")
    for number in range(entries - 2):
        kind = 1 + number % 11
        maker.say(kind, f"Entry {number}: the team looked at host srv-{number % 97} and found "
                        "nothing new; the next look is in an hour.", author=(ADA, BOB)[number % 2],
                  attributes={"host": f"srv-{number % 97}"}, occur=WALL + number * MINUTE // 2)
    return maker.bundle()


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as keys:
        key = Key(keys, "log")
        if sys.argv[2:3] == ["--large"]:
            made = {"large": large(key, int(sys.argv[3]))}
        else:
            beacon = sys.argv[2] if len(sys.argv) > 2 else "http://beacon.example"
            made = {"mixed": mixed(key), "named": named(key), "hostile": hostile(key, beacon),
                    "scripts": scripts(key)}
        for name, bundle in made.items():
            text = json.dumps(bundle, ensure_ascii=False)
            (folder / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
