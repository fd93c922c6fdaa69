#include "tests/support/domain_fixture.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/escalation.h"
#include "server/domain/significance.h"
#include "server/library/calendar_reader.h"
#include "server/library/criteria_reader.h"
#include "server/library/form_reader.h"
#include "server/library/playbook_reader.h"
#include "server/library/rule_pack_reader.h"
#include "server/library/scenario_reader.h"

namespace tocsin::domain {
namespace {

std::string FileBytes(const std::string& path) {
  std::ifstream file(std::string(TOCSIN_SOURCE_DIR) + "/" + path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  TOCSIN_CHECK(!bytes.empty());
  return bytes;
}

std::string Text(const std::optional<absl::Time>& time) {
  return time ? FormatInstant(*time) : "-";
}

std::string Text(const Attributes& attributes) {
  std::string text;
  for (const auto& [key, value] : attributes) absl::StrAppend(&text, key, "=", value, ";");
  return text;
}

std::string Text(const std::optional<Establishment>& establishment) {
  if (!establishment) return "-";
  const auto& calendar = establishment->calendar;
  return absl::StrCat(establishment->country, "/", establishment->zone.name, "/",
                      calendar == nullptr ? "weekends" : calendar->digest.Hex());
}

std::string Text(const EntryMeta& meta) {
  return absl::StrCat("#", meta.sequence, " by ", meta.author.ToString(), " at ",
                      FormatInstant(meta.record_time));
}

std::string Text(const FiledDocument& document) {
  return absl::StrCat(static_cast<int>(document.format), "|", document.size, "|",
                      document.digest.Hex(), "|", document.approved);
}

void AppendObligation(const Obligation& o, std::string& out) {
  const regulation::Duty& d = o.duty;
  absl::StrAppend(&out, "obligation ", o.id, " zone=", o.zone_name, " data=", o.zone_data, "/",
                  o.former_zone_data, " state=", static_cast<int>(o.state),
                  " dated=", FormatInstant(o.dated_time), "\n");
  absl::StrAppend(&out, "  duty ", d.stage, "|", d.label, "|", ToAbsl(regulation::ToText(d.state)),
                  "|own=", d.own_duty, "|provisional=", d.provisional, "|due=", Text(d.due),
                  "|latest=", Text(d.legal_latest), "|", d.anchor, "=", Text(d.anchor_time));
  absl::StrAppend(&out, "|", d.rule_id, "|", d.article, "|", d.arithmetic, "|", d.latest_arithmetic,
                  "|", d.latest_article, "|", d.primary_norm, "\n");
  absl::StrAppend(&out, "  draft=", o.draft_sequence, " approved=", o.approved_draft_sequence,
                  " acknowledged=", Text(o.acknowledge_time), "\n");
  for (const DraftField& f : o.draft) {
    absl::StrAppend(&out, "  field ", f.field, "|", f.label, "|", f.value, "|",
                    static_cast<int>(f.state), "|", f.source_sequence, "|", f.required, "|",
                    f.by_hand, "|", f.number, "|", static_cast<int>(f.change), "|",
                    filing::JoinedValue(f), "\n");
  }
  for (const EarlierDraft& earlier : o.earlier_drafts) {
    absl::StrAppend(&out, "  earlier draft ", earlier.sequence, "|",
                    earlier.document ? Text(*earlier.document) : "", "\n");
  }
  if (o.draft_document) {
    absl::StrAppend(&out, "  document ", Text(*o.draft_document), " by ", o.draft_author.ToString(),
                    "\n");
  }
  if (o.submission) {
    absl::StrAppend(&out, "  filed ", FormatInstant(o.submission->submit_time), "|",
                    o.submission->channel, "|", o.submission->reference, "|",
                    o.submission->late_reason, "|", o.submission->sequence, "|",
                    o.submission->author.ToString(), "|", FormatInstant(o.submission->record_time),
                    "|", o.submission->draft_sequence, "\n");
    if (o.submission->document) {
      absl::StrAppend(&out, "  filed document ", Text(*o.submission->document), "\n");
    }
    if (o.submission->receipt) {
      absl::StrAppend(&out, "  receipt ", o.submission->receipt->name, "|",
                      o.submission->receipt->size, "|", o.submission->receipt->digest.Hex(), "\n");
    }
  }
  for (const auto& [due, percent] : o.fired) {
    absl::StrAppend(&out, "  fired ", FormatInstant(due), "/", percent, "\n");
  }
}

void AppendRun(const playbook::Run& run, std::string& out) {
  absl::StrAppend(&out, "run ", run.id.ToString(), " of ", run.definition->digest.Hex(), " since ",
                  FormatInstant(run.start_time), "\n");
  for (size_t i = 0; i < run.steps.size(); ++i) {
    const playbook::StepProgress& step = run.steps[i];
    absl::StrAppend(
        &out, "  ", run.definition->steps[i].id, "|", ToAbsl(playbook::ToText(step.state)), "|",
        step.assignee ? step.assignee->ToString() : "-", "|", step.settled_by.ToString(), "|",
        FormatInstant(step.settled_time), "|", step.evidence, "|", step.skip_reason, "\n");
    absl::StrAppend(&out, "    certain=", step.certain, " since ", FormatInstant(step.certain_time),
                    " ready ", FormatInstant(step.ready_time),
                    " branch=", static_cast<int>(step.branch), "|", step.branch_reason, "|",
                    step.completed_by ? step.completed_by->ToString() : "-", "|round ", step.round,
                    " due ", Text(step.round_due), " completed=", step.round_completed, "|",
                    step.sub_run ? step.sub_run->ToString() : "-", "\n");
    for (const auto& [due, late] : step.alerted) {
      absl::StrAppend(&out, "    alerted ", FormatInstant(due), "/", late, "\n");
    }
  }
  for (const auto& [question, answer] : run.answers) {
    absl::StrAppend(&out, "  answer ", question, "=", answer, "\n");
  }
  if (run.parent) {
    absl::StrAppend(&out, "  parent ", run.parent->first.ToString(), " ", run.parent->second, "\n");
  }
}

void AppendActionItem(const ActionItem& a, std::string& out) {
  absl::StrAppend(&out, "  ", a.id, "|", a.text, "|", a.owner.ToString(), "|", FormatInstant(a.due),
                  "|", a.done, "|", a.evidence, "|", a.sequence, "|",
                  a.type ? ToAbsl(ToText(*a.type)) : "-", "|", absl::StrJoin(a.links.findings, ","),
                  "|", absl::StrJoin(a.links.incidents, ","), "|", FormatInstant(a.dated_time));
  absl::StrAppend(&out, "|alerted ", a.alerted ? absl::StrCat(*a.alerted) : "-", "|done ",
                  a.completed ? Text(*a.completed) : "-", "|dropped ",
                  a.dropped ? a.dropped->because + Text(a.dropped->meta) : "-", "|helped ");
  if (a.effect) {
    absl::StrAppend(&out, ToAbsl(ToText(a.effect->helped)), a.effect->said.because,
                    Text(a.effect->said.meta));
  }
  absl::StrAppend(&out, "\n");
}

void AppendReview(const Review& review, std::string& out) {
  absl::StrAppend(&out, "review ", static_cast<int>(review.state), "|", Text(review.publish_time),
                  "|", review.summary, "|", review.guide.id, "/", review.guide.questions.size(),
                  "|opened ", Text(review.opened), "|meets ", Text(review.meet_time), "|submitted ",
                  review.submitted ? Text(*review.submitted) : "-", "|read ",
                  review.read ? review.read->because + Text(review.read->meta) : "-");
  absl::StrAppend(&out, "|changed ", review.changed_sequence, "|by ",
                  review.published_by.ToString(), "|", review.without_reader, "|",
                  absl::StrJoin(review.same_cause, ","), "|waived ",
                  review.waived ? review.waived->because + Text(review.waived->meta) : "-", "\n");
  for (const PrincipalId& person : review.participants) {
    absl::StrAppend(&out, "  invited ", person.ToString(), "\n");
  }
  for (const PrincipalId& person : review.added_since) {
    absl::StrAppend(&out, "  added since ", person.ToString(), "\n");
  }
  for (const Finding& f : review.findings) {
    absl::StrAppend(&out, "  finding ", ToAbsl(ToText(f.kind)), "|", f.text, "|",
                    f.author.ToString(), "|", f.sequence, "|", absl::StrJoin(f.entries, ","), "|",
                    f.question, "\n");
  }
  for (const ActionItem& a : review.action_items) AppendActionItem(a, out);
}

void AppendEvidence(const EvidenceItem& item, std::string& out) {
  absl::StrAppend(&out, "evidence ", item.id, "|", item.name, "|", item.size, "|",
                  item.digest.Hex(), "|", item.note, "|", item.from, "\n");
  for (const CustodyStep& step : item.custody) {
    absl::StrAppend(&out, "  ", ToAbsl(ToText(step.custody)), " ", FormatInstant(step.time), "|",
                    Text(step.meta), "|", step.principal.ToString(), "|", step.to, "|",
                    step.because, "\n");
  }
  if (item.stored) absl::StrAppend(&out, "  stored ", Text(*item.stored), "\n");
  for (const EntryMeta& retrieval : item.retrievals) {
    absl::StrAppend(&out, "  retrieved ", Text(retrieval), " of ", item.retrieval_count, "\n");
  }
}

void AppendPeople(const Incident& incident, std::string& out) {
  for (const auto& [role, holders] : incident.role_holders) {
    for (const PrincipalId& holder : holders) {
      absl::StrAppend(&out, "role ", ToAbsl(ToText(role)), " ", holder.ToString(), "\n");
    }
  }
  for (const PrincipalId& member : incident.members) {
    absl::StrAppend(&out, "member ", member.ToString(), "\n");
  }
}

void AppendTimeline(const Incident& incident, std::string& out) {
  for (const auto& [sequence, by] : incident.corrected_by) {
    absl::StrAppend(&out, "corrected ", sequence, " by ", by, "\n");
  }
  for (const auto& [sequence, by] : incident.retracted_by) {
    absl::StrAppend(&out, "retracted ", sequence, " by ", by, "\n");
  }
  for (uint64_t sequence : incident.written) absl::StrAppend(&out, "written ", sequence, "\n");
}

void AppendAlerts(const Incident& incident, std::string& out) {
  for (const auto& [sequence, alert] : incident.alerts) {
    absl::StrAppend(&out, "alert #", sequence, "|", AlertText(alert), "|", FormatInstant(alert.due),
                    "|", FormatInstant(alert.time), "|", alert.level, "|", alert.attempt, "|",
                    alert.asked.size(), "|", Text(alert.next_time), "|",
                    alert.acknowledged ? Text(*alert.acknowledged) : "-", "|", alert.ended, "\n");
  }
  for (const auto& [entry, alert] : incident.escalations) {
    absl::StrAppend(&out, "escalation #", entry, " of #", alert, "\n");
  }
  for (const UndeliveredAlert& alert : incident.undelivered) {
    absl::StrAppend(&out, "undelivered #", alert.alert, "|", alert.channel, "|", alert.room, "|",
                    alert.sequence, "|", FormatInstant(alert.time), "\n");
  }
}

}  // namespace

std::shared_ptr<const PinnedPack> Pack(const std::string& id) {
  static std::map<std::string, std::shared_ptr<const PinnedPack>> packs;
  std::shared_ptr<const PinnedPack>& pinned = packs[id];
  if (pinned == nullptr) {
    std::string bytes = FileBytes("playbooks/regimes/" + id + ".yaml");
    absl::StatusOr<regulation::RulePack> pack = library::ReadRulePack(id + ".yaml", bytes);
    TOCSIN_CHECK(pack.ok());
    pinned = std::make_shared<const PinnedPack>(PinnedPack{*std::move(pack), std::move(bytes)});
  }
  return pinned;
}

std::shared_ptr<const regulation::CriteriaSet> Criteria(const std::string& id) {
  const absl::StatusOr<regulation::CriteriaSet> set =
      library::ReadCriteriaSet(id, FileBytes("playbooks/criteria/" + id + ".yaml"));
  if (!set.ok()) std::fprintf(stderr, "%s\n", set.status().ToString().c_str());
  TOCSIN_CHECK(set.ok());
  return std::make_shared<const regulation::CriteriaSet>(*set);
}

std::shared_ptr<const PinnedPack> Nis2() {
  return Pack("nis2");
}

std::shared_ptr<const PinnedDefinition> APlaybook(
    const std::string& bytes, std::vector<std::shared_ptr<const PinnedDefinition>> below) {
  absl::StatusOr<playbook::Definition> definition = library::ReadPlaybook("test.yaml", bytes);
  if (!definition.ok()) {
    std::fprintf(stderr, "refused: %s\n", definition.status().ToString().c_str());
    TOCSIN_CHECK(definition.ok());
  }
  return std::make_shared<const PinnedDefinition>(
      PinnedDefinition{*std::move(definition), bytes, std::move(below)});
}

std::shared_ptr<const PinnedScenario> AScenario(const std::string& bytes) {
  absl::StatusOr<Scenario> scenario = library::ReadScenario("drill.yaml", bytes);
  if (!scenario.ok()) {
    std::fprintf(stderr, "refused: %s\n", scenario.status().ToString().c_str());
    TOCSIN_CHECK(scenario.ok());
  }
  return std::make_shared<const PinnedScenario>(PinnedScenario{*std::move(scenario), bytes});
}

std::shared_ptr<const PinnedScenario> ShippedScenario(const std::string& id) {
  return AScenario(FileBytes("playbooks/drills/scenarios/" + id + ".yaml"));
}

std::shared_ptr<const PinnedDefinition> Ransomware() {
  static const auto pinned = [] {
    std::string bytes = FileBytes("playbooks/incidents/ransomware.yaml");
    absl::StatusOr<playbook::Definition> definition =
        library::ReadPlaybook("ransomware.yaml", bytes);
    TOCSIN_CHECK(definition.ok());
    return std::make_shared<const PinnedDefinition>(
        PinnedDefinition{*std::move(definition), std::move(bytes)});
  }();
  return pinned;
}

const filing::FormLibrary& Forms() {
  static const filing::FormLibrary forms = [] {
    filing::FormLibrary read;
    auto fields = library::ReadFields("fields.yaml", FileBytes("playbooks/forms/fields.yaml"));
    TOCSIN_CHECK(fields.ok());
    read.catalogue = *std::move(fields);
    for (const char* id : {"be-ccb", "be-gba", "cra", "de-bsi", "dora", "gdpr", "nis2", "nl-ap",
                           "nl-ncsc", "se-imy", "se-ncsc"}) {
      const std::string name = absl::StrCat("playbooks/forms/", id, ".yaml");
      auto form = library::ReadForm(name, FileBytes(name), read.catalogue);
      if (!form.ok()) std::fprintf(stderr, "%s\n", form.status().ToString().c_str());
      TOCSIN_CHECK(form.ok());
      read.forms.push_back(*std::move(form));
    }
    return read;
  }();
  return forms;
}

absl::Time At(std::string_view text) {
  const absl::StatusOr<absl::Time> time = ParseInstant(text);
  TOCSIN_CHECK(time.ok());
  return *time;
}

std::shared_ptr<const PinnedCalendar> CalendarFile(const std::string& bytes) {
  absl::StatusOr<regulation::Calendar> calendar = library::ReadCalendar("calendar", bytes);
  TOCSIN_CHECK(calendar.ok());
  return std::make_shared<const PinnedCalendar>(
      PinnedCalendar{*std::move(calendar), Sha256(bytes), bytes});
}

Calendars ShippedCalendars(const std::vector<std::string>& countries) {
  Calendars calendars;
  for (const std::string& country : countries) {
    calendars[country] =
        CalendarFile(FileBytes("playbooks/calendars/" + absl::AsciiStrToLower(country) + ".yaml"));
  }
  return calendars;
}

Zone ZoneNamed(const std::string& name) {
  Zone zone{name, {}};
  TOCSIN_CHECK(absl::LoadTimeZone(zone.name, &zone.rules));
  return zone;
}

PrincipalId Person(uint8_t number) {
  PrincipalId id;
  id.bytes[0] = number;
  return id;
}

Zone Brussels() {
  return ZoneNamed("Europe/Brussels");
}

DeclareIncident ADeclaration() {
  DeclareIncident command;
  command.title = "Files are encrypted";
  command.severity = Severity::kSev1;
  command.entity_kind = "essential";
  command.zone = Brussels();
  command.pack = Nis2();
  command.number = "INC-2026-0001";
  return command;
}

std::string Dump(const Incident& incident) {
  std::string out;
  absl::StrAppend(&out, incident.number, "|", incident.title, "|", incident.id.ToString(), "|",
                  incident.last_sequence, "|", FormatInstant(incident.last_record_time), "\n");
  absl::StrAppend(&out, ToAbsl(ToText(incident.severity)), "|",
                  ToAbsl(ToText(incident.worst_severity)), "|", ToAbsl(ToText(incident.phase)), "|",
                  ToAbsl(ToText(incident.tlp)), "|", incident.restricted, incident.drill,
                  incident.historical, "\n");
  if (incident.exercise) {
    const Drill& drill = *incident.exercise;
    absl::StrAppend(&out, "drill ", drill.scenario().id, "|", FormatInstant(drill.begin_time), "|",
                    FormatInstant(drill.clock.set_time), "|", FormatInstant(drill.clock.shown_time),
                    "|", drill.clock.speed, drill.clock.paused, "|", drill.delivered, "|",
                    drill.declare_time ? FormatInstant(*drill.declare_time) : "-", "|",
                    drill.stop_time ? FormatInstant(*drill.stop_time) : "-", "|",
                    drill.judgements.size(), "\n");
  }
  absl::StrAppend(&out, FormatInstant(incident.declare_time), "|", incident.declared_by.ToString(),
                  "|", Text(incident.close_time), "|", incident.entity_kind, "|",
                  incident.zone.name, "|", Text(incident.attributes), "|", "\n");
  for (const Ruling& ruling : incident.rulings) {
    absl::StrAppend(&out, "ruling ", ruling.id(), "|", ruling.pack->pack.digest.Hex(), "|",
                    ruling.entity_kind, "|", Text(ruling.establishment), "\n");
    if (ruling.proposal) {
      absl::StrAppend(&out, "proposal ", ruling.proposal->sequence, "|",
                      ruling.proposal->changed_sequence, "|",
                      DescribeAssessment(ruling.id(), ruling.proposal->assessment), "\n");
    }
    if (!ruling.significance) continue;
    absl::StrAppend(&out, "significant ", ruling.significance->significant, "|",
                    ruling.significance->because, "|", Text(ruling.significance->decided), "|",
                    absl::StrJoin(ruling.significance->met, ","), "\n");
  }
  AppendPeople(incident, out);
  for (const PhaseMove& move : incident.moves) {
    absl::StrAppend(&out, "move ", ToAbsl(ToText(move.from)), " ", ToAbsl(ToText(move.to)), " ",
                    FormatInstant(move.time), "\n");
  }
  for (const Anchor& a : incident.anchors) {
    absl::StrAppend(&out, "anchor ", a.anchor, "|", FormatInstant(a.time), "|", a.because, "|",
                    Text(a.stated), "|", a.approved ? Text(*a.approved) : "-", "\n");
  }
  absl::StrAppend(&out, "aware #", incident.aware_sequence, " pending #",
                  incident.pending_aware_sequence, " gap ", static_cast<int>(incident.gap_warned),
                  "\n");
  for (const auto& [key, fact] : incident.impact) {
    absl::StrAppend(&out, "impact ", key, "=", fact.value, " #", fact.sequence, "\n");
  }
  for (const Obligation& obligation : incident.obligations) AppendObligation(obligation, out);
  for (const playbook::Run& run : incident.runs) AppendRun(run, out);
  for (const auto& definition : incident.run_definitions) {
    absl::StrAppend(&out, "pinned ", definition->definition.digest.Hex(), "\n");
  }
  AppendReview(incident.review, out);
  AppendAlerts(incident, out);
  for (const auto& item : incident.evidence) AppendEvidence(*item, out);
  for (const Silence& silence : incident.silences) {
    absl::StrAppend(&out, "silence ", FormatInstant(silence.from), " to ",
                    FormatInstant(silence.to), " #", silence.sequence, "\n");
  }
  AppendTimeline(incident, out);
  return out;
}

std::string Difference(const std::string& a, const std::string& b) {
  const std::vector<std::string> lines = absl::StrSplit(a, '\n');
  const std::set<std::string> known(lines.begin(), lines.end());
  std::string out;
  for (const absl::string_view line : absl::StrSplit(b, '\n')) {
    if (!known.contains(std::string(line))) absl::StrAppend(&out, line, "\n");
  }
  return out;
}

const Obligation& Case::obligation(std::string_view stage) const {
  const Obligation* found = FindObligation(incident_, stage);
  TOCSIN_CHECK(found != nullptr);
  return *found;
}

CommandContext Case::context() const {
  CommandContext context{now, author};
  context.calendars = &calendars;
  context.zone_data = zone_data;
  context.significance = significance;
  context.forms = &Forms();
  context.four_eyes = four_eyes;
  context.escalation = escalation;
  return context;
}

std::vector<PendingEntry> Case::Do(const Command& command) {
  absl::StatusOr<std::vector<PendingEntry>> entries = Decide(incident_, command, context());
  if (!entries.ok()) {
    std::fprintf(stderr, "refused: %s\n", entries.status().ToString().c_str());
    TOCSIN_CHECK(entries.ok());
  }
  for (const PendingEntry& entry : *entries) {
    const EntryMeta meta{.sequence = incident_.last_sequence + 1,
                         .author = entry.by_server ? PrincipalId{} : author,
                         .record_time = now,
                         .tlp = entry.tlp,
                         .occur_time = entry.occur_time};
    Apply(incident_, meta, entry.event);
    record_.push_back({meta, entry});
  }
  return *std::move(entries);
}

absl::Status Case::Try(const Command& command) const {
  return Decide(incident_, command, context()).status();
}

std::string Case::Refusal(const Command& command) const {
  return ReasonOf(Try(command));
}

void Case::RunTimers(absl::Time until) {
  for (std::vector<Timer> timers = TimersFor(incident_);
       !timers.empty() && timers.front().fire_time <= until; timers = TimersFor(incident_)) {
    now = std::max(now, timers.front().fire_time);
    Do(FireTimer{timers.front()});
    // Each firing takes its timer away; else a server would fire it for ever.
    const std::vector<Timer> left = TimersFor(incident_);
    TOCSIN_CHECK(left.empty() || !(left.front() == timers.front()));
  }
  now = until;
}

Incident Case::Replayed() const {
  Incident replayed;
  for (const Recorded& recorded : record_) Apply(replayed, recorded.meta, recorded.entry.event);
  return replayed;
}

Case ADeclaredCase() {
  Case c;
  c.Do(ADeclaration());
  return c;
}

Case ASignificantCase() {
  Case c = ADeclaredCase();
  c.Do(RecordAnchor{"aware", c.now, "the ransom note was read"});
  c.Do(DecideSignificance{"nis2", true, "a critical service is down"});
  return c;
}

}  // namespace tocsin::domain
