#include "server/rpc/entry_reader.h"

#include <utility>
#include <variant>

#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/rpc/convert.h"

namespace tocsin::rpc {

EntryReader::EntryReader(const store::Database& database, OrgNumber org,
                         const domain::Incident& incident, domain::HandleOf handle_of)
    : database_(database), org_(org), incident_(incident), handle_of_(std::move(handle_of)) {}

absl::StatusOr<v1::Entry> EntryReader::View(const store::StoredEntry& entry) {
  v1::Entry out = ToProto(entry, incident_.number, handle_of_);
  out.set_drill(incident_.drill);
  const auto retracted = incident_.retracted_by.find(out.sequence());
  if (retracted != incident_.retracted_by.end()) out.set_retracted_by(retracted->second);
  const auto corrected = incident_.corrected_by.find(out.sequence());
  if (corrected != incident_.corrected_by.end()) {
    out.set_corrected_by(corrected->second);
    TOCSIN_ASSIGN_OR_RETURN(*out.mutable_corrected_text(), CorrectedText(corrected->second));
  }
  return out;
}

absl::StatusOr<std::string> EntryReader::CorrectedText(uint64_t correction) {
  const auto known = corrections_.find(correction);
  if (known != corrections_.end()) return known->second;
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<store::StoredEntry> read,
                          database_.ReadEntries(org_, incident_.id, correction - 1, 1));
  const auto* event =
      read.empty() ? nullptr : std::get_if<domain::EntryCorrected>(&read.front().pending.event);
  if (event == nullptr) {
    return Error(absl::StatusCode::kDataLoss, "CORRECTION_MISSING",
                 "a correction is not where the incident's state says",
                 "Tell whoever runs the server.");
  }
  return corrections_.emplace(correction, event->text).first->second;
}

}  // namespace tocsin::rpc
