// The open legal deadlines of one incident, as the calendar and the sheet of paper need them, and
// the words that both use. Neither knows the server or its API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/report/bundle.h"

namespace tocsin::report {

enum class DeadlineState {
  kOpen,
  /// The due time passed; it can still be filed.
  kMissed,
  /// Falls due only when the incident is still going on then.
  kConditional,
  /// Not our duty: an answer that the authority owes.
  kExpected,
};

/// An authority, as far as the server's library knows it; what is not known is empty.
struct Authority {
  std::string name;
  std::string channel;
  std::string phone;
  /// When the channel is down.
  std::string fallback;
  /// ISO 639-1.
  std::vector<std::string> languages;
  /// When its sources were last looked at, "2026-08-22".
  std::string verified_on;

  friend bool operator==(const Authority&, const Authority&) = default;
};

struct Deadline {
  /// "nis2.early_warning": unique in its incident, and the same for as long as that exists.
  std::string id;
  std::string label;
  std::string regime;
  DeadlineState state = DeadlineState::kOpen;
  /// Significance is not decided yet.
  bool provisional = false;
  bool drafted = false;
  bool approved = false;
  std::optional<absl::Time> due;
  std::optional<absl::Time> legal_latest;
  std::string anchor;
  std::optional<absl::Time> anchor_time;
  std::string article;
  /// "without undue delay".
  std::string primary_norm;
  /// Whom to notify, the first of them first; empty when nobody is known, or not an authority.
  std::vector<Authority> authorities;
  /// Whom, when it is no authority: "the data subjects".
  std::string addressee;
};

struct DeadlineList {
  /// "INC-2026-0042".
  std::string incident;
  std::string title;
  /// Tells the log of this organisation from all others, "tocsin.example/default".
  std::string origin;
  /// Of the server's certificate authority, "SHA256:…".
  std::string fingerprint;
  bool drill = false;
  /// Recorded after the fact: nobody is to be alarmed.
  bool historical = false;
  /// Of the incident's last entry: grows with every change.
  uint64_t last_sequence = 0;
  /// The server's clock when it gave this list.
  absl::Time written;
  /// Of the reporting establishment.
  absl::TimeZone zone;
  /// A later awareness that awaits a second person and moves no date yet; empty: there is none.
  std::string waiting;
  /// Most urgent first. Met, waived and not required ones are not among them.
  std::vector<Deadline> deadlines;
};

/// The open deadlines of a bundle, as they stood at its export.
DeadlineList DeadlinesOf(const Bundle& bundle, const absl::TimeZone& zone);

/// "Thu 2026-06-11 10:15 CEST (08:15 UTC)". Seconds and the date in UTC only where they say more.
std::string LocalAndUtc(absl::Time time, const absl::TimeZone& zone);

/// What PROVISIONAL means.
inline constexpr char kProvisional[] = "nobody decided yet whether this must be reported";

/// "open, drafted"; "OVERDUE, PROVISIONAL" and so on at `now`.
std::string StateText(const Deadline& deadline, absl::Time now);

/// Whom to notify in one line: "CCB, +32 2 501 05 60, https://…"; empty when it is not known.
std::string AddresseeText(const Deadline& deadline);

/// Why a deadline without a due time has none: "waits for 'handled', which is not stated yet".
std::string WhyNoDate(const Deadline& deadline);

}  // namespace tocsin::report
