#include "server/domain/explain.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/domain/awareness.h"
#include "server/domain/decide.h"
#include "server/domain/obligations.h"

namespace tocsin::domain {
namespace {

using regulation::StageRule;
using regulation::Trigger;

// Collects the sentences about one obligation.
class Movers {
 public:
  Movers(const Incident& incident, const Obligation& obligation, const Ruling& ruling,
         const StageRule& rule, const StageRule& counted, const regulation::Facts& facts)
      : incident_(incident),
        obligation_(obligation),
        ruling_(ruling),
        rule_(rule),
        counted_(counted),
        facts_(facts) {}

  void AddClock() {
    if (rule_.trigger == Trigger::kVoluntary) return;
    const std::string& anchor =
        obligation_.duty.anchor.empty() ? counted_.anchor : obligation_.duty.anchor;
    if (!counted_.due) {
      Add("the law gives no number, so there is no date to move");
      return;
    }
    AddAnchor(anchor);
    if (counted_.cap) AddCap(*counted_.cap);
    if (!counted_.restarted_by.empty()) {
      Add("each '", counted_.restarted_by, "' starts the term anew");
    }
    if (counted_.if_still_ongoing) AddOngoing(anchor);
    const regulation::LegalReading& latest = *counted_.legal_latest;
    if (!latest.anchor.empty() && latest.anchor != anchor) {
      Add("the legal latest counts from '", latest.anchor, "', not from '", anchor, "'");
    }
    if (obligation_.duty.legal_latest && latest.term != *counted_.due) AddCalendar();
  }

  void AddPending(absl::Time now, const regulation::Calendar* calendar) {
    const Anchor* pending = PendingAwareness(incident_);
    if (pending == nullptr) return;
    Incident approved = incident_;
    Apply(approved, {.sequence = incident_.last_sequence + 1, .record_time = now},
          AwarenessDecided{pending->stated.sequence, true, "what if"});
    const Ruling* ruling = FindRuling(approved, ruling_.id());
    const auto duties =
        regulation::Evaluate(ruling->pack->pack, FactsOf(approved, *ruling, now, calendar));
    if (!duties.ok()) return;
    const auto duty = std::find_if(duties->begin(), duties->end(), [&](const auto& candidate) {
      return candidate.stage == rule_.stage;
    });
    if (duty == duties->end() || duty->due == obligation_.duty.due || !duty->due) return;
    Add("#", pending->stated.sequence, " states a later awareness, ", FormatInstant(pending->time),
        ", and awaits a second person; approved, this would be due ", FormatInstant(*duty->due));
  }

  void AddSignificance() {
    if (!ruling_.significance) {
      Add("whether the incident is reportable under ", ruling_.pack->pack.regime,
          " is undecided: a yes makes this duty firm, a no ends it");
    } else if (ruling_.significance->significant) {
      Add("a decision that the incident is not reportable after all ends the duty");
    } else {
      Add("a decision that the incident is reportable brings the duty back");
    }
  }

  void AddPack(const regulation::RulePack* offered) {
    const std::string& id = ruling_.pack->pack.id;
    if (offered == nullptr || offered->digest == ruling_.pack->pack.digest) {
      Add("a newer version of the rule pack moves nothing until somebody adopts it");
      return;
    }
    Add("the server offers version ", offered->version,
        " of the rule pack; it moves nothing until ", "somebody adopts it: tocsin regimes diff ",
        id, " shows what would change");
  }

  std::vector<std::string> Take() { return std::move(sentences_); }

  template <typename... Parts>
  void Add(const Parts&... parts) {
    sentences_.push_back(absl::StrCat(parts...));
  }

 private:
  bool IsKnown(std::string_view anchor) const {
    return regulation::AnchorTime(facts_, anchor).has_value();
  }

  void AddAnchor(const std::string& anchor) {
    const bool known = IsKnown(anchor);
    if (anchor == "aware") {
      Add(known ? "an earlier moment of awareness pulls it forward at once; a later one moves it "
                  "only with a reason and the approval of a second person"
                : "stating awareness starts the clock");
    } else if (const StageRule* filed = FiledBy(anchor)) {
      if (known) {
        Add("it counts from the filing of '", filed->label, "', which stands as it was recorded");
      } else {
        Add("filing '", filed->label, "' starts the clock: the earlier it is filed, the earlier ",
            "this is due");
      }
    } else if (absl::EndsWith(anchor, "_requested")) {
      Add(known ? "a further request of the authority starts it anew"
                : "a request of the authority starts the clock");
    } else {
      Add(known ? "another statement of '" : "stating '", anchor,
          known ? "' moves it: the last one counts" : "' starts the clock");
    }
  }

  // The rule of the same regime whose filing is `anchor`; nullptr when it is no filing.
  const StageRule* FiledBy(const std::string& anchor) const {
    for (const StageRule& candidate : ruling_.pack->pack.stages) {
      const auto& kinds = candidate.entity_kinds;
      const bool ours = std::find(kinds.begin(), kinds.end(), ruling_.entity_kind) != kinds.end();
      if (ours && candidate.filed_anchor == anchor) return &candidate;
    }
    return nullptr;
  }

  void AddCap(const regulation::TermCap& cap) {
    Add("never later than ", cap.hours, " h after '", cap.anchor, "', unless '", counted_.anchor,
        "' itself lies later than that");
    if (cap.anchor != counted_.anchor) AddAnchor(cap.anchor);
  }

  void AddOngoing(const std::string& anchor) {
    const std::string& over = counted_.if_still_ongoing->anchor;
    if (rule_.trigger == Trigger::kStillOngoing) {
      Add("stating '", over, "' at or before that date, or filing '", counted_.label,
          "' by then, ends this duty");
    } else if (anchor != over) {
      Add("if the incident is still ongoing at that date, it counts from '", over, "' instead");
    }
  }

  void AddCalendar() {
    const regulation::Calendar& calendar = facts_.calendar;
    if (calendar.country.empty()) {
      Add("the legal latest knows weekends only: no calendar of holidays applies");
      return;
    }
    Add("the legal latest follows weekends and the holidays of ", calendar.country,
        calendar.first_year == 0
            ? ""
            : absl::StrCat(", known for ", calendar.first_year, " to ", calendar.last_year));
  }

  const Incident& incident_;
  const Obligation& obligation_;
  const Ruling& ruling_;
  const StageRule& rule_;
  const StageRule& counted_;
  const regulation::Facts& facts_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> WhatWouldMove(const Incident& incident, const Obligation& obligation,
                                       const regulation::RulePack* offered, absl::Time now,
                                       const regulation::Calendar* calendar) {
  const Ruling* ruling = RulingOf(incident, obligation);
  if (ruling == nullptr) return {};
  const regulation::RulePack& pack = ruling->pack->pack;
  const StageRule* rule = regulation::FindRule(pack, obligation.duty.stage, ruling->entity_kind);
  if (rule == nullptr) return {"this version of the rule pack has no such duty any more"};
  const StageRule* counted =
      rule->same_date_as.empty()
          ? rule
          : regulation::FindRule(pack, rule->same_date_as, ruling->entity_kind);
  const regulation::Facts facts = FactsOf(incident, *ruling, now, calendar);
  Movers movers(incident, obligation, *ruling, *rule, *counted, facts);
  if (obligation.state == ObligationState::kMet) {
    movers.Add("it was filed; the filing stands, whatever moves the date");
  } else if (obligation.state == ObligationState::kWaived) {
    movers.Add("it was waived; a new decision that the incident is reportable brings it back");
  }
  movers.AddClock();
  movers.AddPending(now, calendar);
  movers.AddSignificance();
  movers.AddPack(offered);
  return movers.Take();
}

}  // namespace tocsin::domain
