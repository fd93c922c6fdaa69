// What the parts of a report share while it is composed. One function a section; the two .cc files
// divide them: what is computed about the incident, and what the record itself holds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/report/bundle.h"
#include "clients/report/document.h"
#include "clients/report/key_times.h"
#include "clients/report/profile.h"

namespace tocsin::report {

class Composer {
 public:
  /// All arguments must outlive the composer.
  Composer(const Bundle& bundle, const Profile& profile, const Labels& labels,
           const absl::TimeZone& zone)
      : bundle_(bundle), profile_(profile), words_(labels), zone_(zone) {}

  Document Run();

 private:
  void Add(Section section);
  // compose.cc: about the incident.
  void AddNotices();
  void AddFacts();
  void AddFactsShort();
  void AddSummary();
  void AddImpact();
  void AddKeyTimes();
  void AddKeyTimesShort();
  void AddFigure();
  void AddObligations();
  // compose_record.cc: what the record holds.
  void AddTimeline();
  void AddKind(EntryKind kind, std::string_view heading);
  // compose_evidence.cc
  void AddEvidence();
  Row EvidenceRow(const EntryView& added) const;
  void AddRuns();
  Line ReviewStanding();
  void AddReview();
  void AddFindings(const std::vector<FindingKind>& kinds);
  void AddActions();
  void AddLessons();
  void AddIntegrity(bool whole);

  Line SeverityHistory() const;
  Line Reportable() const;
  Line Generated() const;
  Line Authors() const;
  std::vector<Row> ImpactRows() const;
  std::string Named(std::string_view prefix, const std::string& key) const;
  Line Roles() const;
  Line OriginOf(const KeyTime& key) const;
  std::string TookText(const Interval& interval) const;
  std::string IntervalName(const Interval& interval) const;
  Row ObligationRow(const ObligationView& duty) const;
  std::vector<uint64_t> EntriesAbout(const std::string& subject) const;
  Line TimelineText(const EntryView& entry) const;
  Line Details(const Attributes& attributes) const;
  Row TimelineRow(const EntryView& entry) const;
  Line WithheldText(size_t first, size_t count) const;
  Row WithheldRow(size_t first, size_t count) const;

  std::string Moment(absl::Time time) const;
  std::string MomentOr(const std::optional<absl::Time>& time, std::string_view otherwise) const;
  /// A claimed time as exactly as it is known.
  std::string Claimed(absl::Time time, Precision precision) const;
  /// Who it was: a handle as code, or what stands for it in words; nothing when it is empty.
  Line Handle(std::string_view handle) const;
  /// Text that a person wrote, as long as the profile wants it.
  Span Said(std::string_view text) const;
  size_t RowsMax(size_t rows) const;
  bool brief() const { return profile_.rows_max != 0; }
  void AddHeading(int level, Line text) {
    document_.blocks.emplace_back(Heading{level, std::move(text)});
  }
  /// That there is nothing, or nothing that this report may say.
  void AddNone() {
    AddParagraph({Plain(words_(some_withheld_ ? "none_visible" : "none_recorded"))});
  }
  void AddParagraph(Line text) { document_.blocks.emplace_back(Paragraph{std::move(text)}); }

  const Bundle& bundle_;
  const Profile& profile_;
  const Labels& words_;
  const absl::TimeZone& zone_;
  bool some_withheld_ = false;
  Document document_;
};

/// " (#4, #7)"; nothing when there is none.
void AppendEntries(Line& line, const std::vector<uint64_t>& sequences);
void Append(Line& line, const Line& more);
std::string Attribute(const Attributes& attributes, const std::string& key);

}  // namespace tocsin::report
