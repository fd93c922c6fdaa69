// A report as PDF for the board, the authority and the archive: A4, text that can be selected and
// searched, fonts inside, an outline of its headings, numbers and markings on every page, the
// bundle attached. The same document on a machine with the same fonts gives the same bytes: no
// clock, no random number.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "clients/report/document.h"

namespace tocsin::print {

/// The whole file, with `bundle` attached as "`name`-bundle.json"; an empty one is left out: the
/// document is of no single record. Texts of more than 8,000
/// characters in one place are cut here, with a word on it: the attached bundle has them whole.
/// Errors: kInternal PDF_NOT_MADE.
absl::StatusOr<std::string> RenderPdf(const report::Document& document, std::string_view bundle,
                                      std::string_view name);

}  // namespace tocsin::print
