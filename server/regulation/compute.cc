#include "server/regulation/compute.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/regulation/evaluate.h"

namespace tocsin::regulation {
namespace {

absl::Status CheckEventName(std::string_view name) {
  if (IsAnchorName(name)) return absl::OkStatus();
  const std::string nearest = NearestWord(name, AnchorNames());
  return InvalidArgument("UNKNOWN_EVENT", absl::StrCat("unknown event '", ToAbsl(name), "'"),
                         nearest.empty()
                             ? absl::StrCat("Known are: ", absl::StrJoin(AnchorNames(), ", "), ".")
                             : absl::StrCat("Did you mean '", nearest, "'?"));
}

absl::StatusOr<absl::Time> ParseEventTime(const std::string& text, const ZoneLoader& load_zone) {
  const std::string_view zone_name = BracketedZone(text);
  if (zone_name.empty()) return ParseInstant(text);
  TOCSIN_ASSIGN_OR_RETURN(const absl::TimeZone zone, load_zone(zone_name));
  return ParseInstant(text, &zone);
}

absl::StatusOr<Facts> ReadFacts(const RulePack& pack, const StageQuestion& question,
                                const ZoneLoader& load_zone) {
  Facts facts;
  facts.entity_kind = question.entity_kind;
  facts.as_of = absl::InfinitePast();  // only recorded events say whether the incident went on
  TOCSIN_ASSIGN_OR_RETURN(facts.zone,
                          load_zone(pack.time_zone.empty() ? question.zone : pack.time_zone));
  TOCSIN_ASSIGN_OR_RETURN(facts.calendar, ParseHolidays(question.holidays));
  for (const auto& [name, text] : question.events) {
    TOCSIN_RETURN_IF_ERROR(CheckEventName(name));
    TOCSIN_ASSIGN_OR_RETURN(facts.anchors[name], ParseEventTime(text, load_zone));
  }
  return facts;
}

std::string RuleName(std::string_view standing, Term term, std::string_view anchor) {
  std::string name = absl::StrCat(ToAbsl(standing), ".", ToAbsl(ToText(term.computation)));
  // A capped term has two of each.
  if (term.computation == Computation::kCapped || term.computation == Computation::kCappedNoon) {
    return name;
  }
  return absl::StrCat(name, ":", term.amount, ":", ToAbsl(anchor));
}

Reading ReadingOf(const StageRule& rule, std::string_view standing, const LegalReading& legal,
                  const RunningTerm& own, const Facts& facts) {
  const RunningTerm running = RunningReading(legal, own, facts);
  Reading reading;
  reading.rule = RuleName(legal.national ? "national" : standing, legal.term, running.anchor);
  reading.article = CombinedArticle(running.article, legal.article);
  reading.note = legal.note;
  const std::optional<Computed> computed = CountTerm(rule, legal.term, running, facts);
  if (!computed) {
    reading.arithmetic = absl::StrCat(AmountText(legal.term), " after '",
                                      running.anchor_time ? rule.cap->anchor : running.anchor,
                                      "', which is not known");
    return reading;
  }
  reading.value = computed->at;
  reading.arithmetic = computed->arithmetic;
  return reading;
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> ParseEvents(std::string_view text) {
  std::map<std::string, std::string> events;
  if (text.empty()) return events;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(text), ';')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    if (part.find('=') == absl::string_view::npos || pair.second.empty()) {
      return InvalidArgument("INVALID_EVENT", absl::StrCat("'", part, "' is not name=instant"),
                             "Write it as aware=2026-06-10T08:15:00Z.");
    }
    TOCSIN_RETURN_IF_ERROR(CheckEventName(ToStd(pair.first)));
    if (!events.emplace(std::string(pair.first), std::string(pair.second)).second) {
      return InvalidArgument("INVALID_EVENT", absl::StrCat("'", pair.first, "' comes twice"),
                             "Give each event once; a correction is 'aware_corrected'.");
    }
  }
  return events;
}

absl::StatusOr<std::vector<Reading>> ComputeStage(const RulePack& pack,
                                                  const StageQuestion& question,
                                                  const ZoneLoader& load_zone) {
  TOCSIN_ASSIGN_OR_RETURN(const StageRule* rule,
                          RequireRule(pack, question.stage, question.entity_kind));
  TOCSIN_ASSIGN_OR_RETURN(const Facts facts, ReadFacts(pack, question, load_zone));
  TOCSIN_RETURN_IF_ERROR(CheckOrder(pack, facts.anchors));
  // A progress report shares the date of the final report's own anchor.
  const bool shared = rule->trigger == Trigger::kStillOngoing;
  const StageRule* counted =
      shared ? FindRule(pack, rule->same_date_as, question.entity_kind) : rule;
  if (!counted->due) {
    return std::vector<Reading>{
        {"none", std::nullopt, "the law gives no number", rule->article, ""}};
  }
  const RunningTerm running =
      shared ? RunningTerm{counted->anchor, AnchorTime(facts, counted->anchor), rule->article}
             : RunningTermOf(*counted, facts);
  std::vector<Reading> readings;
  LegalReading due;
  due.term = *counted->due;
  readings.push_back(ReadingOf(*counted, "due", due, running, facts));
  const LegalReading& latest = *counted->legal_latest;
  if (latest.term != *counted->due || !latest.anchor.empty()) {
    readings.push_back(ReadingOf(*counted, "latest", latest, running, facts));
  }
  for (const LegalReading& other : counted->other_readings) {
    readings.push_back(ReadingOf(*counted, "latest", other, running, facts));
  }
  return readings;
}

}  // namespace tocsin::regulation
