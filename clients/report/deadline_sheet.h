// The open deadlines on one page of paper: what people keep when everything else fails.
#pragma once

#include <string>

#include "clients/report/deadline_list.h"

namespace tocsin::report {

/// Lines of a page: fits A4 and US Letter at ten points with margins.
inline constexpr size_t kSheetLines = 60;

/// UTF-8 text of lines of at most 78 columns: what is due when, on which article, in which state;
/// then what has no date and why; then to whom, with channel, telephone number and what to do when
/// the channel is down; then room for telephone numbers and notes, up to the end of the page. A
/// server that is not asked for is named by log and fingerprint, and so is the moment of writing.
/// What needs more than one page goes on behind a form feed; each page then ends in a line that
/// says which of how many it is, and begins again with the incident and, in a drill, with DRILL.
/// Long texts are cut with "…".
std::string DeadlineSheet(const DeadlineList& list);

}  // namespace tocsin::report
