// Fills the form of a notification from the record. Every field says where its value came from, and
// "unknown yet" is kept apart from "no" and from "nobody said".
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/incident.h"

namespace tocsin::domain {

/// The fields that the rule pack names for the obligation's stage, in its order, filled from:
/// `given` first, then the incident's anchors, impact facts, attributes, and itself (title,
/// reference, severity). Errors: kInvalidArgument, reason UNKNOWN_FIELD, when `given` names a field
/// that the stage does not have.
absl::StatusOr<std::vector<DraftField>> DraftFields(const Incident& incident,
                                                    const Obligation& obligation,
                                                    const Attributes& given);

/// The draft as a document: title, DRILL mark, clock, then each field with its source.
std::string DraftMarkdown(const Incident& incident, const Obligation& obligation,
                          const std::vector<DraftField>& fields);

}  // namespace tocsin::domain
