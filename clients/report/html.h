// A report as one HTML file for everybody: it works by mail and from a USB stick. No script, no
// style but its own, nothing loaded from anywhere; a policy in its head says so to the browser. It
// is fit for screen readers, for narrow screens and for paper.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "clients/report/document.h"

namespace tocsin::report {

/// The whole page, with the text of the bundle inside (compressed, as a link that saves it). `name`
/// begins that file's name ("INC-2026-0042"). The same arguments give the same bytes.
/// `save_words` stands before the link. An empty `bundle` is left out: the page is of no single
/// record.
std::string RenderHtml(const Document& document, std::string_view bundle, std::string_view name,
                       std::string_view save_words);

/// Whether `text` begins like what RenderHtml gives.
bool IsHtmlReport(std::string_view text);

/// The bundle inside. Errors: kInvalidArgument NO_BUNDLE_INSIDE when there is none, or more than
/// one, or it is damaged or expands to more than `bytes_max`.
absl::StatusOr<std::string> BundleInHtml(std::string_view text, size_t bytes_max);

}  // namespace tocsin::report
