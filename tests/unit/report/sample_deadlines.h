// The deadlines of one incident at 12:00 in Brussels: one dated, one dated and provisional, one
// that waits, one that the authority owes.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "clients/report/deadline_list.h"
#include "server/base/time_text.h"
#include "tests/support/catch.h"

namespace tocsin::report {

inline absl::Time At(const std::string& text) {
  const auto time = ParseInstant(text);
  REQUIRE(time.ok());
  return *time;
}

inline Authority SampleCcb() {
  return {.name = "CCB (Centre for Cybersecurity Belgium)",
          .channel = "https://notif.safeonweb.be",
          .phone = "+32 2 501 05 60",
          .fallback = "The emergency number for NIS2 entities",
          .verified_on = "2026-08-22"};
}

inline DeadlineList SampleDeadlines() {
  DeadlineList list;
  list.incident = "INC-2026-0042";
  list.title = "Ransomware on the file servers";
  list.origin = "tocsin.example/default";
  list.fingerprint = "SHA256:9b1cdbd3c8b84a2f";
  list.last_sequence = 17;
  list.written = At("2026-06-10T10:00:00Z");
  REQUIRE(absl::LoadTimeZone("Europe/Brussels", &list.zone));
  list.deadlines = {{.id = "nis2-be.early_warning",
                     .label = "Early warning",
                     .regime = "NIS2-BE",
                     .drafted = true,
                     .due = At("2026-06-11T08:15:00Z"),
                     .legal_latest = At("2026-06-11T22:00:00Z"),
                     .anchor = "aware",
                     .anchor_time = At("2026-06-10T08:15:00Z"),
                     .article = "NIS2 23(4)(a)",
                     .primary_norm = "without undue delay",
                     .authorities = {SampleCcb()}},
                    {.id = "gdpr.notification",
                     .label = "Notification of a personal data breach",
                     .regime = "GDPR",
                     .provisional = true,
                     .due = At("2026-06-13T08:15:30Z"),
                     .anchor = "aware",
                     .anchor_time = At("2026-06-10T08:15:30Z"),
                     .article = "GDPR 33(1)"},
                    {.id = "nis2-be.final",
                     .label = "Final report",
                     .regime = "NIS2-BE",
                     .anchor = "notification_submitted",
                     .article = "NIS2 23(4)(d)"},
                    {.id = "nis2-be.csirt_response",
                     .label = "Answer of the CSIRT",
                     .regime = "NIS2-BE",
                     .state = DeadlineState::kExpected,
                     .due = At("2026-06-12T08:15:00Z"),
                     .article = "NIS2 23(5)"}};
  return list;
}

/// Text of somebody who wants to break out of a line, a field or a page.
inline std::string Hostile() {
  constexpr char kText[] =
      "a,b;c\\d \"e\"\r\nEND:VEVENT\r\nBEGIN:VEVENT\nf\tg\x1B[2J\u202Eh\xFFi\0\u0085 \U0001F600"
      "\u6F22\u5B57 ";
  return {kText, sizeof(kText) - 1};
}

}  // namespace tocsin::report
