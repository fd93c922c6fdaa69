#include "server/regulation/rule_pack.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::regulation {
namespace {

absl::Status UnknownWord(std::string_view reason, std::string_view what, std::string_view word,
                         const std::vector<std::string>& known) {
  const std::string nearest = NearestWord(word, known);
  return InvalidArgument(reason, absl::StrCat("unknown ", ToAbsl(what), " '", ToAbsl(word), "'"),
                         nearest.empty()
                             ? absl::StrCat("Known are: ", absl::StrJoin(known, ", "), ".")
                             : absl::StrCat("Did you mean '", nearest,
                                            "'? Known are: ", absl::StrJoin(known, ", "), "."));
}

}  // namespace

const std::vector<std::string>& AnchorNames() {
  static const std::vector<std::string> names = {
      "occurred",
      "detected",
      "aware",
      "aware_corrected",
      "processor_aware",
      "determined_significant",
      "classified",
      "early_warning_submitted",
      "notification_submitted",
      "notification_updated",
      "intermediate_requested",
      "initial_submitted",
      "intermediate_submitted",
      "intermediate_updated",
      "progress_submitted",
      "final_submitted",
      "regular_activities_recovered",
      "handled",
      "resolved",
      "impact_ended",
      "impact_ended_notified",
      "corrective_measure_available",
      "materiality_determined",
  };
  return names;
}

bool IsAnchorName(std::string_view name) {
  const std::vector<std::string>& names = AnchorNames();
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string SubmittedAnchor(std::string_view stage) {
  return absl::StrCat(ToAbsl(stage), "_submitted");
}

absl::Status CheckEntityKind(const RulePack& pack, std::string_view entity_kind) {
  std::vector<std::string> known;
  for (const EntityKind& kind : pack.entity_kinds) {
    if (kind.kind == entity_kind) return absl::OkStatus();
    known.push_back(kind.kind);
  }
  return UnknownWord("UNKNOWN_ENTITY_KIND", absl::StrCat(pack.regime, " entity kind"), entity_kind,
                     known);
}

absl::Status CheckOrder(const RulePack& pack, const std::map<std::string, absl::Time>& anchors) {
  for (const AnchorOrder& order : pack.order) {
    const auto earlier = anchors.find(order.earlier);
    const auto later = anchors.find(order.later);
    if (earlier == anchors.end() || later == anchors.end()) continue;
    if (later->second >= earlier->second) continue;
    return InvalidArgument(
        absl::AsciiStrToUpper(absl::StrCat(order.later, "_before_", order.earlier)),
        absl::StrCat("'", order.later, "' lies before '", order.earlier,
                     "': ", absl::FormatTime(absl::RFC3339_sec, later->second, absl::UTCTimeZone()),
                     " before ",
                     absl::FormatTime(absl::RFC3339_sec, earlier->second, absl::UTCTimeZone())),
        "One of the two is wrong: correct it before anything is computed from them.");
  }
  return absl::OkStatus();
}

const StageRule* FindRule(const RulePack& pack, std::string_view stage,
                          std::string_view entity_kind) {
  for (const StageRule& rule : pack.stages) {
    if (rule.stage != stage) continue;
    const auto& kinds = rule.entity_kinds;
    if (std::find(kinds.begin(), kinds.end(), entity_kind) != kinds.end()) return &rule;
  }
  return nullptr;
}

absl::StatusOr<const StageRule*> RequireRule(const RulePack& pack, std::string_view stage,
                                             std::string_view entity_kind) {
  TOCSIN_RETURN_IF_ERROR(CheckEntityKind(pack, entity_kind));
  if (const StageRule* rule = FindRule(pack, stage, entity_kind); rule != nullptr) return rule;
  std::vector<std::string> known;
  for (const StageRule& rule : pack.stages) {
    if (std::find(known.begin(), known.end(), rule.stage) == known.end()) {
      known.push_back(rule.stage);
    }
  }
  return UnknownWord("UNKNOWN_STAGE", absl::StrCat(pack.regime, " stage"), stage, known);
}

}  // namespace tocsin::regulation
