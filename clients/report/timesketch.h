// The timeline of a bundle as JSON lines for Timesketch and other forensic tools: one object an
// entry, with the three fields that Timesketch demands.
#pragma once

#include <string>

#include "clients/report/bundle.h"

namespace tocsin::report {

/// `datetime` is the claimed time where there is one, else the recorded one; `timestamp_desc` says
/// which. The file's name must end in .jsonl for Timesketch to take it.
std::string RenderTimesketch(const Bundle& bundle);

}  // namespace tocsin::report
