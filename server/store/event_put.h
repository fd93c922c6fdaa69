// How events become the messages of a body, shared by the files that write them: one a subject.
// Only event_encode*.cc include this.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "server/base/check.h"
#include "server/domain/event.h"

namespace tocsin::storage::v1 {
class Body;
}  // namespace tocsin::storage::v1

namespace tocsin::store {

namespace pb = tocsin::storage::v1;

template <typename Enum>
uint32_t Number(Enum value) {
  return static_cast<uint32_t>(value);
}

template <typename Table, typename Enum>
uint32_t NumberIn(const Table& table, Enum value) {
  for (const auto& [listed, number] : table) {
    if (listed == value) return number;
  }
  TOCSIN_CHECK(false);
  return 0;
}

// Ids and digests.
template <typename Fixed>
std::string Bytes(const Fixed& value) {
  return std::string(value.view());
}

inline int64_t Nanos(absl::Time time) {
  return absl::ToUnixNanos(time);
}

template <typename Map>
void PutMap(const domain::Attributes& from, Map& to) {
  for (const auto& [name, value] : from) to[name] = value;
}

// Reviews and drills: event_encode_review.cc.
void Put(const domain::ReviewOpened& event, pb::Body& body);
void Put(const domain::FindingAdded& event, pb::Body& body);
void Put(const domain::ActionItemAdded& event, pb::Body& body);
void Put(const domain::ActionItemCompleted& event, pb::Body& body);
void Put(const domain::ReviewPublished& event, pb::Body& body);
void Put(const domain::ReviewInvited& event, pb::Body& body);
void Put(const domain::ReviewSubmitted& event, pb::Body& body);
void Put(const domain::ReviewRead& event, pb::Body& body);
void Put(const domain::ReviewWaived& event, pb::Body& body);
void Put(const domain::ActionItemChanged& event, pb::Body& body);
void Put(const domain::ActionItemDropped& event, pb::Body& body);
void Put(const domain::ActionItemAlerted& event, pb::Body& body);
void Put(const domain::ActionItemEvaluated& event, pb::Body& body);
void Put(const domain::DrillStarted& event, pb::Body& body);
void Put(const domain::DrillClockSet& event, pb::Body& body);
void Put(const domain::InjectDelivered& event, pb::Body& body);
void Put(const domain::DrillDeclared& event, pb::Body& body);
void Put(const domain::DrillStopped& event, pb::Body& body);
void Put(const domain::DrillJudged& event, pb::Body& body);
// event_evidence.cc.
void Put(const domain::EvidenceAdded& event, pb::Body& body);
void Put(const domain::EvidenceMoved& event, pb::Body& body);
void Put(const domain::EvidenceStored& event, pb::Body& body);
void Put(const domain::EvidenceRetrieved& event, pb::Body& body);

}  // namespace tocsin::store
