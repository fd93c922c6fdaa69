// What the record answers to the questions of a form. The form names a source (an anchor, a fact of
// the impact assessment, something else that is known); this is the one place that says what the
// incident has to say there, and in which entry it stands.
#pragma once

#include <cstdint>
#include <string>

#include "server/domain/incident.h"
#include "server/filing/form.h"

namespace tocsin::domain {

struct RecordAnswer {
  /// Empty: the record does not say.
  std::string text;
  /// The entry it stands in; 1, the declaration, for what is known from the start.
  uint64_t sequence = 0;
};

/// "TLP:AMBER+STRICT", as it is marked on documents.
std::string TlpMark(const Incident& incident);

/// The answer from `source` for a notification of `obligation`, whose stage the law calls
/// `stage_name`.
RecordAnswer AnswerFrom(const Incident& incident, const Obligation& obligation,
                        const filing::Source& source, const std::string& stage_name);

}  // namespace tocsin::domain
