// Gzip in memory, the same bytes for the same text: without a time or a name in its head.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin::report {

std::string Gzip(std::string_view text);

/// nullopt when `packed` is not one whole gzip member, or holds more than `bytes_max`.
std::optional<std::string> Gunzip(std::string_view packed, size_t bytes_max);

}  // namespace tocsin::report
