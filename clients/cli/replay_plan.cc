#include "clients/cli/replay_plan.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/digest.h"
#include "server/base/ids.h"
#include "server/base/view.h"

namespace tocsin::cli {
namespace {

struct Mapping {
  std::string_view metric;
  // Empty: any unit.
  std::string_view unit;
  std::string_view key;
  // The value is multiplied by it; 0: the value is "yes".
  int factor;
};
constexpr Mapping kMappings[] = {{"users_affected", "", "users_affected", 1},
                                 {"people_affected", "", "users_affected", 1},
                                 {"customers_affected", "", "users_affected", 1},
                                 {"systems_affected", "", "systems_affected", 1},
                                 {"servers_encrypted", "", "systems_affected", 1},
                                 {"downtime_minutes", "", "downtime_minutes", 1},
                                 {"downtime_hours", "", "downtime_minutes", 60},
                                 {"financial_loss_eur", "", "financial_loss_eur", 1},
                                 {"immediate_cost", "EUR", "financial_loss_eur", 1},
                                 {"ransom_paid", "EUR", "ransom_paid_eur", 1},
                                 {"data_subjects", "", "personal_data", 0}};

std::optional<std::string> FactValue(const Mapping& mapping, const std::string& value) {
  double number = 0;
  if (!absl::SimpleAtod(value, &number) || number < 0) return std::nullopt;
  if (mapping.factor == 0) return number > 0 ? "yes" : "no";
  if (mapping.factor == 1) return value;
  return absl::StrCat(static_cast<int64_t>(number * mapping.factor + 0.5));
}

PlannedEntry OfImpact(const ReplayImpact& impact) {
  return {.line = impact.line,
          .kind = EntryKind::kImpact,
          .text = impact.text,
          .occur_time = std::nullopt,
          .attributes = impact.attributes};
}

}  // namespace

std::vector<PlannedEntry> PlanImport(const ReplayFile& file) {
  std::vector<PlannedEntry> plan;
  for (const ReplayEvent& event : file.events) {
    PlannedEntry entry{.line = event.line,
                       .kind = event.kind,
                       .text = event.text,
                       .occur_time = event.occur_time,
                       .precision = event.precision,
                       .attributes = event.attributes};
    entry.attributes["stated_time"] = event.stated;
    plan.push_back(std::move(entry));
  }
  for (const ReplayImpact& impact : file.impacts) plan.push_back(OfImpact(impact));
  return plan;
}

std::optional<Awareness> FindAwareness(const ReplayFile& file) {
  if (file.events.empty()) return std::nullopt;
  const ReplayEvent* found = nullptr;
  for (const EntryKind kind :
       {EntryKind::kDetection, EntryKind::kImpact, EntryKind::kCommunication}) {
    for (const ReplayEvent& event : file.events) {
      if (found == nullptr && event.kind == kind) found = &event;
    }
  }
  if (found == nullptr) found = &file.events.front();
  return Awareness{
      .line = found->line, .time = found->occur_time, .kind = found->kind, .text = found->text};
}

std::vector<PlannedEntry> PlanReplay(const ReplayFile& file, absl::Duration shift, absl::Time now,
                                     bool lessons) {
  std::vector<PlannedEntry> plan;
  for (const ReplayEvent& event : file.events) {
    PlannedEntry entry{.line = event.line,
                       .kind = event.kind,
                       .text = event.text,
                       .occur_time = event.occur_time + shift,
                       .precision = event.precision,
                       .attributes = event.attributes};
    entry.attributes["original_occur_time"] = event.stated;
    if (*entry.occur_time > now) {
      entry.occur_time.reset();
      entry.precision = Precision::kSecond;
    }
    plan.push_back(std::move(entry));
  }
  for (const ReplayImpact& impact : file.impacts) plan.push_back(OfImpact(impact));
  for (const ReplayLesson& lesson : file.lessons) {
    if (!lessons) break;
    plan.push_back({.line = lesson.line,
                    .kind = EntryKind::kReview,
                    .text = lesson.text,
                    .occur_time = std::nullopt,
                    .attributes = lesson.attributes});
  }
  return plan;
}

std::map<std::string, std::string> ImpactFacts(const ReplayFile& file) {
  std::map<std::string, std::string> facts;
  for (const ReplayEvent& event : file.events) {
    if (event.kind == EntryKind::kAttackerActivity) facts["malicious"] = "yes";
  }
  for (const ReplayImpact& impact : file.impacts) {
    for (const Mapping& mapping : kMappings) {
      if (impact.attributes.at("metric") != mapping.metric) continue;
      if (!mapping.unit.empty() && impact.attributes.at("unit") != mapping.unit) continue;
      const std::optional<std::string> value = FactValue(mapping, impact.attributes.at("value"));
      if (value) facts.emplace(std::string(mapping.key), *value);
    }
  }
  return facts;
}

std::map<std::string, std::string> IncidentAttributes(const ReplayFile& file) {
  const ReplayHeader& header = file.header;
  return {{"summary", header.summary},
          {"sector", header.sector},
          {"organisation", header.organisation},
          {"countries", header.countries},
          {"sources", header.sources},
          {"confidence", header.confidence},
          {"slug", header.slug},
          {"file_sha256", file.digest.Hex()}};
}

std::string ImportRequestId(const Digest& file, std::string_view organisation,
                            std::string_view copy, std::string_view step, int line) {
  const std::string place =
      absl::StrCat(organisation.size(), " ", ToAbsl(organisation), " ", copy.size(), " ",
                   ToAbsl(copy), " ", ToAbsl(step), " ", line);
  return RequestId::FromDigest(Sha256({"tocsin/import/v1\n", file.view(), place})).ToString();
}

}  // namespace tocsin::cli
