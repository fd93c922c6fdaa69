// Entries as sentences: what a timeline shows for events that nobody wrote as text. One place, so
// that the CLI, the chat and every export say the same.
#pragma once

#include <functional>
#include <string>

#include "server/domain/event.h"

namespace tocsin::domain {

/// Turns a principal's id into a handle.
using HandleOf = std::function<std::string(const PrincipalId&)>;

/// One sentence or, for what people wrote, the text itself.
std::string Describe(const Event& event, const HandleOf& handle_of);

/// Key facts of the event for machines, as attributes of the served entry: "percent", "due_time",
/// "stage" …
Attributes Facts(const Event& event, const HandleOf& handle_of);

/// The sequence of the entry that a correction or retraction speaks of; 0 for all others.
uint64_t TargetSequence(const Event& event);

}  // namespace tocsin::domain
