// A number of a fact or of a law, exact in decimals. Laws say "more than 5 %", and 5.00 % is not
// more: binary fractions would decide such cases by their rounding.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/numeric/int128.h"

namespace tocsin::regulation {

/// Not negative; six decimals. A value.
class Amount {
 public:
  Amount() = default;
  static Amount Of(int64_t whole) { return Amount(absl::int128(whole) * kUnit); }
  /// `seconds`, at least 0, as minutes; rounded down beyond six decimals.
  static Amount Minutes(int64_t seconds) { return Amount(absl::int128(seconds) * kUnit / 60); }
  /// Reads digits with at most one point between them, at most 24 characters. Further decimals than
  /// six round up, so that what is more than a limit stays more. nullopt for any other text.
  static std::optional<Amount> Parse(std::string_view text);

  /// `milli_percent` thousandths of a percent of this: 5 % is 5000. Exact for whole numbers; beyond
  /// six decimals rounded down, which changes no comparison "more than".
  Amount Percent(int64_t milli_percent) const;
  /// This percentage, at most 100, of `whole`: 4 of 30 000 000 is 1 200 000.
  Amount PercentOf(Amount whole) const;
  /// "1 200 000", "4.5": for people.
  std::string Text() const;
  /// "1200000", "4.5": what Parse reads.
  std::string Digits() const;

  friend Amount operator+(Amount a, Amount b) { return Amount(a.units_ + b.units_); }
  friend bool operator==(Amount a, Amount b) { return a.units_ == b.units_; }
  friend bool operator<(Amount a, Amount b) { return a.units_ < b.units_; }
  friend bool operator>(Amount a, Amount b) { return b < a; }
  friend bool operator<=(Amount a, Amount b) { return !(b < a); }
  friend bool operator>=(Amount a, Amount b) { return !(a < b); }

 private:
  static constexpr int64_t kUnit = 1'000'000;
  explicit Amount(absl::int128 units) : units_(units) {}

  absl::int128 units_ = 0;
};

}  // namespace tocsin::regulation
