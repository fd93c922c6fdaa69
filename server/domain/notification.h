// Drafts a notification: chooses the form, fills it from the record and from what people typed in
// earlier notifications, and says what is new against the one before. Every value says where it
// came from, and "unknown yet" is kept apart from "no" and from "nobody said".
//
// The newest answer wins: what is typed now, then whichever was said last of the record and of what
// was typed before (in an earlier draft of this notification, in the notification before it under
// the same law, or under another law of the same incident).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/command.h"
#include "server/domain/incident.h"

namespace tocsin::domain {

/// The draft that `command` makes of `obligation`'s notification, with its document.
/// Errors: kFailedPrecondition: NO_FORMS (the server has none), NO_RULE (the law has no such stage
/// for this entity), and those of filing::BytesOf; kInvalidArgument: UNKNOWN_FIELD with the
/// nearest, BAD_FIELD_VALUE, DRAFT_TOO_LARGE, TEXT_... of a value; those of filing::ChooseForm and
/// ChooseLanguage.
absl::StatusOr<NotificationDrafted> MakeDraft(const Incident& incident,
                                              const Obligation& obligation,
                                              const DraftNotification& command,
                                              const CommandContext& context);

/// What whoever drafts should know besides: that the portal's own fields were not seen, that nobody
/// has to file this as things stand. `forms` may be nullptr.
std::vector<std::string> DraftNotes(const Obligation& obligation,
                                    const NotificationDrafted& drafted,
                                    const filing::FormLibrary* forms);

/// What was filed, or what was drafted last while nothing is. Errors: kFailedPrecondition, reason
/// NO_DOCUMENT, when it was filed without a draft, or there is none.
absl::StatusOr<FiledDocument> RequireDocument(const Obligation& obligation);

/// The notification that came before `obligation`'s under the same law: of the stages that stand
/// before it in the rule pack, the one drafted last. nullptr when there is none.
const Obligation* PreviousNotification(const Incident& incident, const Obligation& obligation);

}  // namespace tocsin::domain
