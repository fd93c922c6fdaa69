#include "server/domain/answers.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::domain {
namespace {

using filing::Source;
using filing::SourceKind;

// A form has no use for fractions of a second.
std::string InSeconds(absl::Time time) {
  return FormatInstant(absl::FromUnixSeconds(absl::ToUnixSeconds(time)));
}

RecordAnswer FromAnchor(const Incident& incident, std::string_view name) {
  const Anchor* anchor = FindAnchor(incident, name);
  if (anchor == nullptr) return {};
  return {InSeconds(anchor->time), anchor->stated.sequence};
}

// A law that counts from the classification speaks of that moment, others of the decision.
RecordAnswer Determined(const Incident& incident, const Ruling* ruling) {
  if (ruling == nullptr) return {};
  const auto& stages = ruling->pack->pack.stages;
  const bool classifies =
      std::any_of(stages.begin(), stages.end(),
                  [](const regulation::StageRule& rule) { return rule.anchor == "classified"; });
  const RecordAnswer stated =
      FromAnchor(incident, classifies ? "classified" : "determined_significant");
  if (!stated.text.empty() || !ruling->significance) return stated;
  const EntryMeta& decided = ruling->significance->decided;
  return {InSeconds(decided.record_time), decided.sequence};
}

RecordAnswer SignificanceReason(const Ruling* ruling) {
  if (ruling == nullptr || !ruling->significance) return {};
  return {ruling->significance->because, ruling->significance->decided.sequence};
}

// Of the last filing under the same law that got one.
RecordAnswer AuthorityReference(const Incident& incident, const Ruling* ruling) {
  RecordAnswer answer;
  for (const Obligation& obligation : incident.obligations) {
    if (!obligation.submission || RulingOf(incident, obligation) != ruling) continue;
    const Submission& filed = *obligation.submission;
    if (filed.reference.empty() || filed.sequence < answer.sequence) continue;
    answer = {filed.reference, filed.sequence};
  }
  return answer;
}

RecordAnswer Ongoing(const Incident& incident) {
  const Anchor* handled = FindAnchor(incident, "handled");
  if (handled == nullptr) return {"yes", 1};
  return {absl::StrCat("no, handled ", InSeconds(handled->time)), handled->stated.sequence};
}

RecordAnswer Description(const Incident& incident) {
  const auto summary = incident.attributes.find("summary");
  if (summary == incident.attributes.end()) return {incident.title, 1};
  return {absl::StrCat(incident.title, ". ", summary->second), 1};
}

RecordAnswer Lessons(const Incident& incident) {
  std::vector<std::string> lessons;
  uint64_t sequence = 0;
  for (const Finding& finding : incident.review.findings) {
    if (finding.kind != FindingKind::kLesson) continue;
    lessons.push_back(finding.text);
    sequence = std::max(sequence, finding.sequence);
  }
  return {absl::StrJoin(lessons, "; "), sequence};
}

RecordAnswer FromRecord(const Incident& incident, const Obligation& obligation,
                        std::string_view name, const std::string& stage_name) {
  const Ruling* const ruling = RulingOf(incident, obligation);
  if (name == "stage") return {stage_name, 1};
  if (name == "number") return {incident.number, 1};
  if (name == "authority_reference") return AuthorityReference(incident, ruling);
  if (name == "determined") return Determined(incident, ruling);
  if (name == "significance_reason") return SignificanceReason(ruling);
  if (name == "ongoing") return Ongoing(incident);
  if (name == "description") return Description(incident);
  if (name == "severity") return {std::string(ToText(incident.severity)), 1};
  if (name == "lessons") return Lessons(incident);
  if (name == "sharing") {
    return {absl::StrCat(TlpMark(incident), incident.restricted ? ", restricted" : ""), 1};
  }
  if (ruling == nullptr) return {};
  if (name == "regime") return {ruling->pack->pack.title, 1};
  if (name == "entity_kind") return {ruling->entity_kind, 1};
  return {};
}

RecordAnswer FromAttribute(const Incident& incident, const std::string& name) {
  auto attribute = incident.attributes.find(name);
  // Imported incidents name the entity so.
  if (attribute == incident.attributes.end() && name == "entity") {
    attribute = incident.attributes.find("organisation");
  }
  if (attribute == incident.attributes.end()) return {};
  return {attribute->second, 1};
}

}  // namespace

std::string TlpMark(const Incident& incident) {
  return absl::StrCat("TLP:", absl::AsciiStrToUpper(ToAbsl(ToText(incident.tlp))));
}

RecordAnswer AnswerFrom(const Incident& incident, const Obligation& obligation,
                        const Source& source, const std::string& stage_name) {
  switch (source.kind) {
    case SourceKind::kNone:
      return {};
    case SourceKind::kAnchor:
      return FromAnchor(incident, source.name);
    case SourceKind::kAnchorReason: {
      const Anchor* anchor = FindAnchor(incident, source.name);
      if (anchor == nullptr) return {};
      return {anchor->because, anchor->stated.sequence};
    }
    case SourceKind::kImpact: {
      const auto fact = incident.impact.find(source.name);
      if (fact == incident.impact.end()) return {};
      return {fact->second.value, fact->second.sequence};
    }
    case SourceKind::kAttribute:
      return FromAttribute(incident, source.name);
    case SourceKind::kRecord:
      return FromRecord(incident, obligation, source.name, stage_name);
  }
  return {};
}

}  // namespace tocsin::domain
