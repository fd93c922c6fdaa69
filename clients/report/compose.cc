#include "clients/report/compose.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/report/composer.h"
#include "clients/report/entry_types.h"
#include "clients/report/key_times.h"
#include "clients/report/swim_lanes.h"
#include "server/base/code_points.h"
#include "server/base/time_text.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

std::string MarkingOf(const Bundle& bundle) {
  return absl::StrCat("TLP:", absl::AsciiStrToUpper(std::string(ToText(HighestTlp(bundle)))));
}

// What a reader asks first; other facts follow in their own order.
size_t RankOf(const std::string& key) {
  constexpr std::array<std::string_view, 14> kFirst = {
      "services",        "users_affected",     "systems_affected", "persons_harmed",
      "personal_data",   "downtime_minutes",   "duration_minutes", "financial_loss_eur",
      "ransom_paid_eur", "availability_lost",  "integrity_lost",   "confidentiality_lost",
      "cross_border",    "severity_assessment"};
  return static_cast<size_t>(std::find(kFirst.begin(), kFirst.end(), key) - kFirst.begin());
}

}  // namespace

void Append(Line& line, const Line& more) {
  line.insert(line.end(), more.begin(), more.end());
}

void AppendEntries(Line& line, const std::vector<uint64_t>& sequences) {
  bool first = true;
  for (const uint64_t sequence : sequences) {
    if (sequence == 0) continue;
    line.push_back(Plain(std::exchange(first, false) ? " (" : ", "));
    line.push_back(Entry(sequence));
  }
  if (!first) line.push_back(Plain(")"));
}

std::string Attribute(const Attributes& attributes, const std::string& key) {
  const auto found = attributes.find(key);
  return found == attributes.end() ? "" : found->second;
}

std::string Composer::Moment(absl::Time time) const {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone());
}

std::string Composer::MomentOr(const std::optional<absl::Time>& time,
                               std::string_view otherwise) const {
  return time ? Moment(*time) : std::string(otherwise);
}

std::string Composer::Claimed(absl::Time time, Precision precision) const {
  switch (precision) {
    case Precision::kSecond:
      return Moment(time);
    case Precision::kMinute:
      return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone());
    case Precision::kHour:
      return words_("time.about", {absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone()),
                                   absl::FormatTime("%H:%M", time, absl::UTCTimeZone())});
    case Precision::kDay:
      return words_("time.day", {absl::FormatTime("%Y-%m-%d", time, zone_)});
    case Precision::kMonth:
      return words_("time.month", {absl::FormatTime("%Y-%m", time, zone_)});
  }
  return Moment(time);
}

Span Composer::Said(std::string_view text) const {
  return Plain(profile_.text_max == 0 ? std::string(text) : Shortened(text, profile_.text_max));
}

Line Composer::Handle(std::string_view handle) const {
  if (handle.empty()) return {};
  if (profile_.names == Names::kHandles || handle[0] == '@') return {Code(std::string(handle))};
  // "responder 2", as redact.cc put it there: the role has a word in each language.
  const size_t blank = std::min(handle.find(' '), handle.size());
  return {Plain(words_.Of("role.", handle.substr(0, blank)) + std::string(handle.substr(blank)))};
}

size_t Composer::RowsMax(size_t rows) const {
  return profile_.rows_max == 0 ? rows : std::min(rows, profile_.rows_max);
}

void Composer::AddNotices() {
  const IncidentView& incident = bundle_.incident;
  if (incident.drill) document_.blocks.emplace_back(Notice{{Strong(words_("notice.drill"))}, {}});
  if (incident.historical) {
    document_.blocks.emplace_back(Notice{{Strong(words_("notice.historical"))},
                                         {Plain(words_("notice.historical.meaning"))}});
  }
  size_t withheld = 0;
  for (const EntryView& entry : bundle_.entries) withheld += entry.withheld ? 1 : 0;
  some_withheld_ = withheld != 0;
  if (!some_withheld_) return;
  document_.blocks.emplace_back(
      Notice{{Strong(words_("notice.withheld",
                            {absl::StrCat(withheld), absl::StrCat(bundle_.entries.size())}))},
             {Plain(words_("notice.withheld.meaning"))}});
}

Line Composer::SeverityHistory() const {
  Line line;
  for (const EntryView& entry : bundle_.entries) {
    const bool counts = entry.type == kTypeSeverityChanged || entry.type == kTypeDeclared;
    if (!counts || !entry.change) continue;
    const std::optional<Severity> severity = FromNumber<Severity>(entry.change->to);
    if (!line.empty()) line.push_back(Plain("; "));
    line.push_back(Plain(words_("severity.from", {severity ? std::string(ToText(*severity)) : "?",
                                                  Moment(entry.recorded)})));
    if (!entry.change->because.empty()) {
      line.push_back(Plain(" ("));
      line.push_back(Said(entry.change->because));
      line.push_back(Plain(")"));
    }
    AppendEntries(line, {entry.sequence});
  }
  return line;
}

Line Composer::Roles() const {
  Line line;
  for (const RoleView& role : bundle_.incident.roles) {
    if (!line.empty()) line.push_back(Plain(", "));
    line.push_back(Plain(words_.Of("role.", role.role)));
    // Where nobody is named the role stands for its first holder.
    if (role.handle != role.role) {
      line.push_back(Plain(" "));
      Append(line, Handle(role.handle));
    }
    uint64_t assigned = 0;
    for (const EntryView& entry : bundle_.entries) {
      if (entry.type != kTypeRoleAssigned || !entry.change) continue;
      const auto given = FromNumber<IncidentRole>(entry.change->to);
      if (given && ToText(*given) == role.role) assigned = entry.sequence;
    }
    AppendEntries(line, {assigned});
  }
  return line;
}

Line Composer::Reportable() const {
  uint64_t decided = 0;
  for (const EntryView& entry : bundle_.entries) {
    if (entry.type == kTypeSignificanceDecided) decided = entry.sequence;
  }
  const std::string& said = bundle_.incident.significant;
  if (said.empty()) return {Plain(words_("not_stated"))};
  Line line = {Plain(words_.Of("word.", said))};
  AppendEntries(line, {decided});
  return line;
}

Line Composer::Generated() const {
  Line line = {Plain(absl::StrCat(Moment(bundle_.export_time), " UTC, "))};
  Append(line, Handle(bundle_.exported_by));
  line.push_back(Plain(words_("facts.profile", {profile_.name})));
  return line;
}

Line Composer::Authors() const {
  Line line;
  std::vector<std::string> seen;
  for (const EntryView& entry : bundle_.entries) {
    if (std::find(seen.begin(), seen.end(), entry.author) != seen.end()) continue;
    seen.push_back(entry.author);
    if (!line.empty()) line.push_back(Plain(", "));
    Append(line, Handle(entry.author));
  }
  return line;
}

// What the whole table says, in two lines.
void Composer::AddFactsShort() {
  const IncidentView& incident = bundle_.incident;
  const std::string none = words_("not_stated");
  Line line;
  const auto add = [&](std::string_view key, const Line& value) {
    if (!line.empty()) line.push_back(Plain(" · "));
    line.push_back(Strong(words_(key)));
    line.push_back(Plain(" "));
    Append(line, value);
  };
  add("facts.organisation", {Said(bundle_.organisation)});
  add("facts.severity",
      {Plain(incident.severity ? std::string(ToText(*incident.severity)) : none)});
  add("facts.phase", {Plain(incident.phase ? words_.Of("phase.", ToText(*incident.phase)) : none)});
  add("facts.reportable", Reportable());
  add("facts.generated", Generated());
  line.push_back(Plain(absl::StrCat(" · ", words_("key_times.utc"))));
  AddParagraph(std::move(line));
}

void Composer::AddFacts() {
  const IncidentView& incident = bundle_.incident;
  const std::string none = words_("not_stated");
  std::vector<Row> rows;
  const auto add = [&](std::string_view key, Line value) {
    rows.push_back({{{Plain(words_(key))}, std::move(value)}});
  };
  const auto or_else = [](Line line, const std::string& otherwise) {
    return line.empty() ? Line{Plain(otherwise)} : line;
  };
  add("facts.organisation", {Plain(bundle_.organisation)});
  add("facts.tlp", {Plain(document_.marking.empty() ? none : document_.marking.substr(4))});
  add("facts.severity",
      {Plain(incident.severity ? std::string(ToText(*incident.severity)) : none)});
  add("facts.severity_history", or_else(SeverityHistory(), none));
  add("facts.phase", {Plain(incident.phase ? words_.Of("phase.", ToText(*incident.phase)) : none)});
  add("facts.reportable", Reportable());
  add("facts.roles", or_else(Roles(), words_("facts.no_roles")));
  add("facts.authors", Authors());
  add("facts.generated", Generated());
  add("facts.log", {Plain(words_("facts.log_size", {bundle_.log_size})), Code(bundle_.log_root)});
  document_.blocks.emplace_back(Table{.caption = words_("facts.caption"),
                                      .columns = {{"", Place::kOwn, 1}, {"", Place::kMain, 4}},
                                      .rows = std::move(rows),
                                      .facts = true});
}

void Composer::AddSummary() {
  AddHeading(2, {Plain(words_("summary"))});
  const Attributes& attributes = bundle_.incident.attributes;
  const std::string stated = Attribute(attributes, "summary");
  // The short report has room for more than a cell here: it is the one text that everybody reads.
  const auto say = [&](const std::string& text) {
    constexpr size_t kTimesLonger = 5;
    const size_t limit = profile_.text_max * kTimesLonger;
    AddParagraph({Plain(limit == 0 ? text : Shortened(text, limit))});
  };
  if (!stated.empty()) say(stated);
  // An imported incident has the same summary in both places.
  const bool twice = bundle_.review.summary == stated;
  if (!bundle_.review.summary.empty() && !twice) say(bundle_.review.summary);
  if (stated.empty() && bundle_.review.summary.empty()) AddNone();
  if (brief()) return;
  Bullets list;
  for (const auto& [key, value] : attributes) {
    if (key == "summary") continue;
    Line item = {Code(key), Plain(": ")};
    bool first = true;
    for (const absl::string_view part : absl::StrSplit(value, key == "sources" ? ' ' : '\n')) {
      if (!std::exchange(first, false)) item.push_back(Plain(", "));
      item.push_back({Style::kSource, std::string(part)});
    }
    list.items.push_back(std::move(item));
  }
  if (!list.items.empty()) document_.blocks.emplace_back(std::move(list));
}

// In the document's language, or as its author named it.
std::string Composer::Named(std::string_view prefix, const std::string& key) const {
  const std::string name = words_.Of(prefix, key);
  return name == key ? absl::StrReplaceAll(key, {{"_", " "}}) : name;
}

std::vector<Row> Composer::ImpactRows() const {
  std::vector<ImpactView> facts = bundle_.incident.impact;
  if (brief()) {
    facts.erase(std::remove_if(facts.begin(), facts.end(),
                               [](const ImpactView& fact) { return fact.value == "unknown"; }),
                facts.end());
    std::stable_sort(facts.begin(), facts.end(), [](const ImpactView& a, const ImpactView& b) {
      return RankOf(a.key) < RankOf(b.key);
    });
  }
  std::vector<Row> rows;
  for (const ImpactView& fact : facts) {
    rows.push_back({{{Said(Named("impact.", fact.key))},
                     {Said(words_.Of("word.", fact.value))},
                     {},
                     {},
                     {Entry(fact.sequence)}}});
  }
  for (const EntryView& entry : bundle_.entries) {
    const std::string metric = Attribute(entry.attributes, "metric");
    if (metric.empty() || entry.retracted_by != 0) continue;
    const std::string amount = absl::StrCat(Attribute(entry.attributes, "value"), " ",
                                            Attribute(entry.attributes, "unit"));
    rows.push_back(
        {{{Said(Named("impact.", metric))},
          {Said(ToStd(absl::StripAsciiWhitespace(amount)))},
          {Said(entry.text)},
          brief() ? Line{} : Line{{Style::kSource, Attribute(entry.attributes, "source")}},
          {Entry(entry.sequence)}}});
  }
  return rows;
}

void Composer::AddImpact() {
  AddHeading(2, {Plain(words_("impact"))});
  std::vector<Row> rows = ImpactRows();
  if (rows.empty()) return AddNone();
  const size_t all = rows.size();
  rows.resize(RowsMax(all));
  const size_t shown = rows.size();
  Table table{.caption = words_("impact.caption"),
              .columns = {{words_("column.what"), Place::kOwn, 4},
                          {words_("column.how_much"), Place::kOwn, 4},
                          {words_("column.in_words"), Place::kMain, 8},
                          {words_("column.source"), Place::kUnder, 0},
                          {words_("column.entry"), Place::kOwn, 2}},
              .rows = std::move(rows)};
  const bool no_words = std::all_of(table.rows.begin(), table.rows.end(), [](const Row& row) {
    return row.cells[2].empty() && row.cells[3].empty();
  });
  if (no_words) {
    table.columns.erase(table.columns.begin() + 2, table.columns.begin() + 4);
    table.columns[1].place = Place::kMain;
    table.columns[1].weight = 12;
    for (Row& row : table.rows) row.cells.erase(row.cells.begin() + 2, row.cells.begin() + 4);
  }
  document_.blocks.emplace_back(std::move(table));
  if (shown < all) AddParagraph({Plain(words_("more_rows", {absl::StrCat(all - shown)}))});
}

Line Composer::OriginOf(const KeyTime& key) const {
  switch (key.origin) {
    case Origin::kNone:
      return {};
    case Origin::kAnchor: {
      Line line = {Plain(words_("origin.anchor"))};
      Append(line, Handle(key.by));
      return line;
    }
    case Origin::kEntryKind:
      return {Plain(words_("origin.kind", {words_.Of("kind.", key.by)}))};
    case Origin::kPhaseLeft:
      return {Plain(words_("origin.phase", {words_.Of("phase.", key.by)}))};
    case Origin::kDeclared: {
      Line line = {Plain(words_("origin.declared"))};
      Append(line, Handle(key.by));
      return line;
    }
    case Origin::kClosed:
      return {Plain(words_("origin.closed"))};
  }
  return {};
}

std::string Composer::TookText(const Interval& interval) const {
  std::string took = FormatSpan(interval.span);
  if (interval.rough) took = words_("time.roughly", {took});
  return interval.span < absl::ZeroDuration() ? words_("time.before", {took}) : took;
}

std::string Composer::IntervalName(const Interval& interval) const {
  return words_("interval", {words_.Of("key.", interval.from), words_.Of("key.", interval.to)});
}

// The intervals in one paragraph.
void Composer::AddKeyTimesShort() {
  Line line;
  for (const Interval& interval : IntervalsOf(KeyTimesOf(bundle_))) {
    if (!line.empty()) line.push_back(Plain(" · "));
    line.push_back(Plain(absl::StrCat(IntervalName(interval), " ")));
    line.push_back(Strong(TookText(interval)));
    AppendEntries(line, {interval.from_sequence, interval.to_sequence});
  }
  if (line.empty()) return;
  AddHeading(2, {Plain(words_("intervals.caption"))});
  AddParagraph(std::move(line));
}

void Composer::AddKeyTimes() {
  const std::vector<KeyTime> times = KeyTimesOf(bundle_);
  AddHeading(2, {Plain(words_("key_times"))});
  AddParagraph({Plain(words_("key_times.utc"))});
  Table table{.caption = words_("key_times.caption"),
              .columns = {{words_("column.what"), Place::kOwn, 2},
                          {words_("column.when"), Place::kOwn, 3},
                          {words_("column.by"), Place::kMain, 4},
                          {words_("column.entry"), Place::kOwn, 1}}};
  for (const KeyTime& key : times) {
    // Of what is withheld nobody may conclude that it was not recorded.
    if (!key.time && some_withheld_) continue;
    Line entry;
    if (key.sequence != 0) entry = {Entry(key.sequence)};
    table.rows.push_back(
        {{{Plain(words_.Of("key.", key.name))},
          {Plain(key.time ? Claimed(*key.time, key.precision) : words_("not_recorded"))},
          OriginOf(key),
          std::move(entry)}});
  }
  Table spans{.caption = words_("intervals.caption"),
              .columns = {{words_("column.interval"), Place::kMain, 3},
                          {words_("column.took"), Place::kOwn, 2},
                          {words_("column.entries"), Place::kOwn, 2}}};
  for (const Interval& interval : IntervalsOf(times)) {
    Line entries;
    for (const uint64_t sequence : {interval.from_sequence, interval.to_sequence}) {
      if (sequence == 0) continue;
      if (!entries.empty()) entries.push_back(Plain(", "));
      entries.push_back(Entry(sequence));
    }
    spans.rows.push_back(
        {{{Plain(IntervalName(interval))}, {Plain(TookText(interval))}, std::move(entries)}});
  }
  document_.blocks.emplace_back(std::move(table));
  if (!spans.rows.empty()) document_.blocks.emplace_back(std::move(spans));
}

void Composer::AddFigure() {
  std::optional<Picture> picture =
      SwimLanes(bundle_, words_, brief() ? LaneHeight::kCompact : LaneHeight::kFull);
  if (!picture) return;
  AddHeading(2, {Plain(words_("figure"))});
  document_.blocks.emplace_back(Figure{words_("figure.caption"), *std::move(picture)});
}

std::vector<uint64_t> Composer::EntriesAbout(const std::string& subject) const {
  uint64_t computed = 0;
  std::vector<uint64_t> filed;
  for (const EntryView& entry : bundle_.entries) {
    if (subject.empty() || entry.subject != subject || !IsAboutObligation(entry.type)) continue;
    if (entry.type == kTypeObligationUpdated) computed = entry.sequence;
    const bool done = entry.type == kTypeSubmitted || entry.type == kTypeAcknowledged ||
                      entry.type == kTypeWaived;
    if (done) filed.push_back(entry.sequence);
  }
  if (computed != 0) filed.insert(filed.begin(), computed);
  return filed;
}

Row Composer::ObligationRow(const ObligationView& duty) const {
  Line anchor;
  if (!duty.anchor.empty()) anchor.push_back(Plain(Named("key.", duty.anchor)));
  if (duty.anchor_time) anchor.push_back(Plain(absl::StrCat(" ", Moment(*duty.anchor_time))));
  Line late;
  if (duty.late_by > absl::ZeroDuration()) {
    late = {Plain(absl::StrCat(FormatSpan(duty.late_by), ": ")), Said(duty.late_reason)};
  }
  Line state = {Plain(words_.Of("state.", duty.state))};
  if (duty.provisional) state.push_back(Plain(absl::StrCat(" ", words_("state.provisional"))));
  Line entries;
  for (const uint64_t sequence : EntriesAbout(duty.id)) {
    if (!entries.empty()) entries.push_back(Plain(", "));
    entries.push_back(Entry(sequence));
  }
  return {{{Plain(duty.label.empty() ? duty.stage : duty.label)},
           {Plain(duty.article)},
           brief() ? Line{} : std::move(anchor),
           {Plain(MomentOr(duty.due, words_("no_date")))},
           {Plain(MomentOr(duty.submitted, ""))},
           std::move(late),
           {Plain(brief() ? "" : duty.reference)},
           std::move(state),
           std::move(entries)}};
}

void Composer::AddObligations() {
  Table table{.caption = words_("obligations.caption"),
              .columns = {{words_("column.stage"), Place::kMain, 7},
                          {words_("column.article"), Place::kUnder},
                          {words_("column.anchor"), Place::kUnder},
                          {words_("column.due"), Place::kOwn, 3},
                          {words_("column.filed"), Place::kOwn, 3},
                          {words_("column.late"), Place::kUnder},
                          {words_("column.reference"), Place::kUnder},
                          {words_("column.state"), Place::kOwn, 2},
                          {words_("column.entry"), Place::kUnder}}};
  for (const ObligationView& duty : bundle_.obligations) {
    // A short report leaves out what came to nothing.
    if (brief() && !duty.submitted && (!duty.due || duty.state == "expected")) continue;
    table.rows.push_back(ObligationRow(duty));
  }
  if (table.rows.empty()) return;
  AddHeading(2, {Plain(words_("obligations"))});
  const size_t all = table.rows.size();
  table.rows.resize(RowsMax(all));
  const size_t shown = table.rows.size();
  document_.blocks.emplace_back(std::move(table));
  if (shown < all) AddParagraph({Plain(words_("more_rows", {absl::StrCat(all - shown)}))});
  if (brief() || bundle_.explanations.empty()) return;
  AddParagraph({Plain(words_("obligations.how"))});
  Bullets list;
  for (const ExplanationView& why : bundle_.explanations) {
    if (why.arithmetic.empty()) continue;
    Line item = {Plain(absl::StrCat(why.stage, ": ", why.arithmetic, " ")),
                 Plain(absl::StrCat("(", words_("rule"), " ")), Code(why.rule_id),
                 Plain(absl::StrCat(", ", words_("pack"), " ", why.pack_version, ")"))};
    AppendEntries(item, EntriesAbout(why.id));
    list.items.push_back(std::move(item));
  }
  document_.blocks.emplace_back(std::move(list));
}

void Composer::Add(Section section) {
  switch (section) {
    case Section::kFacts:
      return AddFacts();
    case Section::kFactsShort:
      return AddFactsShort();
    case Section::kSummary:
      return AddSummary();
    case Section::kFigure:
      return AddFigure();
    case Section::kKeyTimes:
      return AddKeyTimes();
    case Section::kKeyTimesShort:
      return AddKeyTimesShort();
    case Section::kImpact:
      return AddImpact();
    case Section::kObligations:
      return AddObligations();
    case Section::kTimeline:
      return AddTimeline();
    case Section::kDecisions:
      return AddKind(EntryKind::kDecision, "decisions");
    case Section::kCommunications:
      return AddKind(EntryKind::kCommunication, "communications");
    case Section::kNotifications:
      return AddKind(EntryKind::kNotification, "notifications");
    case Section::kEvidence:
      return AddEvidence();
    case Section::kRuns:
      return AddRuns();
    case Section::kReview:
      return AddReview();
    case Section::kLessons:
      return AddLessons();
    case Section::kActions:
      AddHeading(2, {Plain(words_("actions"))});
      return AddActions();
    case Section::kIntegrity:
      return AddIntegrity(/*whole=*/true);
    case Section::kIntegrityShort:
      return AddIntegrity(/*whole=*/false);
  }
}

Document Composer::Run() {
  const IncidentView& incident = bundle_.incident;
  document_.language = words_.language();
  document_.marking = MarkingOf(bundle_);
  if (incident.drill) document_.drill = words_("drill");
  document_.running = absl::StrCat(bundle_.organisation, " · ", incident.number, " · ",
                                   words_.Of("report.", profile_.name));
  document_.page_words = words_("page");
  document_.dense = brief();
  document_.author = bundle_.organisation;
  document_.made = bundle_.export_time;
  if (incident.drill) document_.title.push_back(Plain(absl::StrCat(words_("drill"), ": ")));
  document_.title.push_back(Plain(absl::StrCat(words_.Of("report.", profile_.name), " ")));
  document_.title.push_back(Plain(incident.number));
  if (!incident.title.empty()) {
    document_.title.push_back(Plain(": "));
    document_.title.push_back(Plain(incident.title));
  }
  AddNotices();
  for (const Section section : profile_.sections) Add(section);
  return std::move(document_);
}

Document Compose(const Bundle& bundle, const Profile& profile, const Labels& labels,
                 const absl::TimeZone& zone) {
  return Composer(bundle, profile, labels, zone).Run();
}

}  // namespace tocsin::report
