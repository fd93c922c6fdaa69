// A bundle as text with every part that the renderer shows; not signed, so only for readers and
// renderers.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace tocsin::report {

/// The values as JSON, to be changed by a test before use.
inline nlohmann::json SampleBundle() {
  return nlohmann::json::parse(R"json({
    "format": "tocsin-bundle/1", "organisation": "Harbour Utilities", "profile": "full",
    "exported_by": "@ada", "export_time": "2026-06-11T10:00:00Z", "later_field": [1, 2],
    "incident_id": "07070707070707070707070707070707",
    "incident": {"name": "incidents/INC-2026-0001", "title": "Ransomware",
        "severity": "SEVERITY_SEV1",
      "phase": "PHASE_CLOSED", "tlp": "TLP_AMBER", "drill": true,
        "declare_time": "2026-06-10T08:30:00Z",
      "declared_by": "@ada", "close_time": "2026-06-11T08:30:00Z", "significant": "yes",
      "time_zone": "Europe/Brussels",
      "role_holders": [{"role": "INCIDENT_ROLE_COMMANDER", "handle": "@ada"}],
      "attributes": {"summary": "Servers were encrypted.",
        "sources": "https://example.org/a https://example.org/b"},
      "anchors": [{"anchor": "aware", "time": "2026-06-10T08:15:00Z", "because": "call",
        "stated_by": "@ada",
        "sequence": "2"}],
      "impact": [{"key": "users_affected", "value": "25000", "sequence": "3"}]},
    "obligations": [{"stage": "early_warning", "label": "Early warning",
        "state": "OBLIGATION_STATE_MET",
      "due_time": "2026-06-11T08:15:00Z", "anchor": "aware",
        "anchor_time": "2026-06-10T08:15:00Z",
      "article": "23(4)(a)", "submit_time": "2026-06-11T09:15:00Z", "submit_reference": "CC-7",
      "late_by_seconds": "3600", "late_reason": "portal down"}],
    "explanations": [{"obligation": {"stage": "early_warning"}, "rule_id": "due.hours:24:aware",
      "pack_version": "1", "arithmetic": "aware + 24 h"}],
    "runs": [{"title": "Ransomware", "version": "1", "digest": "abc",
        "start_time": "2026-06-10T08:31:00Z",
      "steps": [{"step": {"title": "Isolate"}, "state": "done", "finished_by": "@bob",
        "note": "ticket 7",
        "finish_time": "2026-06-10T09:00:00Z"},
        {"step": {"title": "Pay"}, "state": "skipped", "note": "not needed"},
        {"step": {"title": "Restore"}, "state": "ready"}]}],
    "review": {"state": "published", "summary": "Backups held.",
        "publish_time": "2026-06-11T09:00:00Z",
      "findings": [{"kind": "FINDING_KIND_LUCKY", "text": "It was a Sunday", "author": "@ada",
        "sequence": "6"}],
      "action_items": [{"id": "action-1", "text": "Keep a copy off line", "owner": "@bob",
        "due_time": "2026-07-01T00:00:00Z", "done": false}]},
    "authors": {}, "checkpoint": "tocsin.example\n9\nAAAA\n\n— tocsin.example BBBB\n",
    "verifier_key": "tocsin.example+00000000+CCCC",
    "entries": [
      {"record": "", "view": {"sequence": "1", "type": "incident-declared", "author": "@ada",
        "text": "Declared",
        "record_time": "2026-06-10T08:30:00Z"}},
      {"record": "", "view": {"sequence": "2", "type": "entry-recorded",
        "kind": "ENTRY_KIND_ACTION",
        "author": "@bob", "text": "Isolated 12 hosts", "record_time": "2026-06-10T08:40:00Z",
        "occur_time": "2026-06-09T22:00:00Z", "precision": "PRECISION_DAY", "corrected_by": "3",
        "corrected_text": "Isolated 14 hosts",
        "attributes": {"source": "https://example.org/x"}}},
      {"record": "", "view": {"sequence": "3", "type": "entry-corrected", "author": "@bob",
        "text": "Isolated 14 hosts", "record_time": "2026-06-10T08:41:00Z",
        "target_sequence": "2"}},
      {"record": "", "view": {"sequence": "4", "type": "entry-recorded",
        "kind": "ENTRY_KIND_DECISION",
        "author": "@ada", "text": "We do not pay", "record_time": "2026-06-10T08:45:00Z",
        "retracted_by": "5"}},
      {"record": "", "view": {"sequence": "5", "type": "incident-exported", "author": "@ada",
        "text": "Exported",
        "record_time": "2026-06-11T10:00:00Z"}}]
  })json");
}

}  // namespace tocsin::report
