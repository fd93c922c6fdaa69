#include "server/regulation/amount.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/view.h"

namespace tocsin::regulation {
namespace {

constexpr size_t kTextMax = 24;
constexpr size_t kDecimals = 6;
constexpr int64_t kHundredPercent = 100'000;  // in thousandths

bool AllDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "1200000" as "1 200 000".
std::string Grouped(const std::string& digits) {
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text.push_back(' ');
    text.push_back(digits[i]);
  }
  return text;
}

}  // namespace

std::optional<Amount> Amount::Parse(std::string_view text) {
  const size_t point = text.find('.');
  const bool has_fraction = point != std::string_view::npos;
  const std::string_view whole = text.substr(0, point);
  std::string_view fraction = has_fraction ? text.substr(point + 1) : "0";
  if (text.size() > kTextMax || !AllDigits(whole) || !AllDigits(fraction)) return std::nullopt;
  absl::int128 units = 0;
  for (char c : whole) units = units * 10 + (c - '0');
  const std::string_view beyond = fraction.substr(std::min(fraction.size(), kDecimals));
  fraction = fraction.substr(0, kDecimals);
  for (size_t i = 0; i < kDecimals; ++i) {
    units = units * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  }
  if (beyond.find_first_not_of('0') != std::string_view::npos) units += 1;
  return Amount(units);
}

Amount Amount::Percent(int64_t milli_percent) const {
  return Amount(units_ * milli_percent / kHundredPercent);
}

Amount Amount::PercentOf(Amount whole) const {
  return Amount(units_ * (whole.units_ / kUnit) / 100);
}

std::string Amount::Text() const {
  const std::string digits = Digits();
  const size_t point = digits.find('.');
  const std::string whole = Grouped(digits.substr(0, point));
  return point == std::string::npos ? whole : absl::StrCat(whole, digits.substr(point));
}

std::string Amount::Digits() const {
  std::string whole;
  for (absl::int128 rest = units_ / kUnit; rest != 0; rest /= 10) {
    whole.insert(whole.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  }
  if (whole.empty()) whole = "0";
  const auto rest = static_cast<int64_t>(units_ % kUnit);
  if (rest == 0) return whole;
  std::string decimals = absl::StrCat(rest);
  decimals.insert(0, kDecimals - decimals.size(), '0');
  decimals.erase(decimals.find_last_not_of('0') + 1);
  return absl::StrCat(whole, ".", decimals);
}

}  // namespace tocsin::regulation
