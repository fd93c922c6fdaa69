// What Cairo 1.16 cannot write and every reader of our PDF needs: the attached bundle, the
// language, the title in the window. Through qpdf, whose exceptions end here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tocsin::print {

struct Attachment {
  std::string name;
  /// Empty: nothing is attached, the rest is done.
  std::string_view content;
  absl::Time time;
  /// Of the document, BCP 47.
  std::string language;
};

/// `pdf` with the attachment. Deterministic. Errors: kInternal PDF_NOT_MADE.
absl::StatusOr<std::string> Attach(const std::string& pdf, const Attachment& attachment);

bool IsPdf(std::string_view text);

/// The one attached file whose name ends in "-bundle.json". Errors: kInvalidArgument
/// NO_BUNDLE_INSIDE when there is none or several, it is damaged, or larger than `bytes_max`.
absl::StatusOr<std::string> BundleInPdf(const std::string& pdf, size_t bytes_max);
/// The document's language, BCP 47; empty when it names none or cannot be read.
std::string LanguageOfPdf(const std::string& pdf);

}  // namespace tocsin::print
