// The open deadlines on one page of paper: what people keep when everything else fails.
#pragma once

#include <string>

#include "clients/report/deadline_list.h"

namespace tocsin::report {

/// UTF-8 text of lines of at most 78 columns: what is due when, to whom, on which article, in which
/// state; then what has no date and why; then room for telephone numbers and notes, up to the end
/// of the page. More than about six deadlines need a second page. Long texts are cut with "…".
std::string DeadlineSheet(const DeadlineList& list);

}  // namespace tocsin::report
