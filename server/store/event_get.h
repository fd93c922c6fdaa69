// How the messages of a body become events, shared by the files that read them: one a subject. Only
// event_decode*.cc include this.
#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "server/domain/event.h"
#include "server/store/event_fields.h"

namespace tocsin::storage::v1 {
class ActionItemAdded;
class ActionItemAlerted;
class ActionItemChanged;
class ActionItemCompleted;
class ActionItemDropped;
class ActionItemEvaluated;
class DrillClockSet;
class DrillDeclared;
class DrillJudged;
class DrillStarted;
class DrillStopped;
class EvidenceAdded;
class EvidenceMoved;
class EvidenceStored;
class EvidenceRetrieved;
class FindingAdded;
class InjectDelivered;
class ReviewInvited;
class ReviewOpened;
class ReviewPublished;
class ReviewRead;
class ReviewSubmitted;
class ReviewWaived;
}  // namespace tocsin::storage::v1

namespace tocsin::store {

namespace pb = tocsin::storage::v1;

inline absl::Time FromNanos(int64_t nanos) {
  return absl::FromUnixNanos(nanos);
}

template <typename Map>
domain::Attributes GetMap(const Map& from) {
  return {from.begin(), from.end()};
}

// Reviews and drills: event_decode_review.cc.
domain::ReviewOpened Get(const pb::ReviewOpened& message, Fields& fields);
domain::FindingAdded Get(const pb::FindingAdded& message, Fields& fields);
domain::ActionItemAdded Get(const pb::ActionItemAdded& message, Fields& fields);
domain::ActionItemCompleted Get(const pb::ActionItemCompleted& message, Fields& fields);
domain::ReviewPublished Get(const pb::ReviewPublished& message, Fields& fields);
domain::ReviewInvited Get(const pb::ReviewInvited& message, Fields& fields);
domain::ReviewSubmitted Get(const pb::ReviewSubmitted& message, Fields& fields);
domain::ReviewRead Get(const pb::ReviewRead& message, Fields& fields);
domain::ReviewWaived Get(const pb::ReviewWaived& message, Fields& fields);
domain::ActionItemChanged Get(const pb::ActionItemChanged& message, Fields& fields);
domain::ActionItemDropped Get(const pb::ActionItemDropped& message, Fields& fields);
domain::ActionItemAlerted Get(const pb::ActionItemAlerted& message, Fields& fields);
domain::ActionItemEvaluated Get(const pb::ActionItemEvaluated& message, Fields& fields);
domain::DrillStarted Get(const pb::DrillStarted& message, Fields& fields);
domain::DrillClockSet Get(const pb::DrillClockSet& message, Fields& fields);
domain::InjectDelivered Get(const pb::InjectDelivered& message, Fields& fields);
domain::DrillDeclared Get(const pb::DrillDeclared& message, Fields& fields);
domain::DrillStopped Get(const pb::DrillStopped& message, Fields& fields);
domain::DrillJudged Get(const pb::DrillJudged& message, Fields& fields);
// event_evidence.cc.
domain::EvidenceAdded Get(const pb::EvidenceAdded& message, Fields& fields);
domain::EvidenceMoved Get(const pb::EvidenceMoved& message, Fields& fields);
domain::EvidenceStored Get(const pb::EvidenceStored& message, Fields& fields);
domain::EvidenceRetrieved Get(const pb::EvidenceRetrieved& message, Fields& fields);

}  // namespace tocsin::store
