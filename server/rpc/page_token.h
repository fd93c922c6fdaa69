// Page tokens: where a list goes on. A token is opaque, grants nothing (every page is authorised
// anew), and belongs to the arguments it was made for, so that it cannot silently continue another
// list.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tocsin::rpc {

/// `arguments` is any text that differs when the list differs; `position` is what Read gives back.
std::string MakePageToken(std::string_view arguments, std::string_view position);

/// The position of a token made for these `arguments`; empty for an empty token: from the
/// beginning. Errors: kInvalidArgument, reason BAD_PAGE_TOKEN, for anything else.
absl::StatusOr<std::string> ReadPageToken(std::string_view arguments, std::string_view token);

/// The page size to use: `fallback` for 0, never more than `max`.
/// Errors: kInvalidArgument, reason BAD_PAGE_SIZE, when negative.
absl::StatusOr<size_t> PageSize(int requested, size_t fallback, size_t max);

}  // namespace tocsin::rpc
