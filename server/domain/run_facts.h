// From an incident to the facts that conditions and due times of a playbook read. The rules of a
// run are server/playbook; this is the one place that says which of our facts is which of theirs.
#pragma once

#include "server/domain/incident.h"
#include "server/playbook/condition.h"
#include "server/playbook/validate.h"

namespace tocsin::domain {

/// The instants that people stated, each with when it was stated: of "aware" the earliest counts,
/// of others the last statement.
playbook::Instants AnchorsOf(const Incident& incident);

/// All that a playbook may ask of `incident`. A notification is undecided while significance is,
/// and one that is owed only if the incident is still ongoing then; what was waived is not owed;
/// what was filed still counts as owed.
playbook::Facts FactsOf(const Incident& incident);

/// The facts and anchors that a playbook may name. The lists that come from a library are empty.
playbook::Words PlaybookWords();

}  // namespace tocsin::domain
