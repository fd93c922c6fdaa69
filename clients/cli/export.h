// From the stream of an export to the bundle file of docs/bundle-format.md, piece by piece, so that
// a long incident needs no more memory than its longest entry.
#pragma once

#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "tocsin/v1/export.pb.h"

namespace tocsin::cli {

/// Writes the parts of one export as they come. Not thread-safe.
class BundleWriter {
 public:
  using Sink = std::function<absl::Status(std::string_view text)>;

  explicit BundleWriter(Sink sink) : sink_(std::move(sink)) {}

  /// Errors: those of the sink; kInternal EXPORT_BROKEN when the parts come in another order than
  /// header, entries, trailer.
  absl::Status Add(const v1::ExportIncidentResponse& response);
  /// Errors: kInternal EXPORT_BROKEN when the trailer or an entry is missing.
  absl::Status Finish() const;

  /// Of the header; 0 before it.
  uint64_t expected() const { return expected_; }
  uint64_t entries() const { return entries_; }

 private:
  absl::Status AddHeader(const v1::ExportHeader& header);
  absl::Status AddEntry(const v1::ExportEntry& entry);
  absl::Status AddTrailer(const v1::ExportTrailer& trailer);

  Sink sink_;
  uint64_t expected_ = 0;
  uint64_t entries_ = 0;
  bool has_header_ = false;
  bool has_trailer_ = false;
};

}  // namespace tocsin::cli
