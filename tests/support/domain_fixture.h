// An incident for tests of the pure core, under the real law and the real playbook: commands go in,
// accepted entries are folded at once, and refusals are seen to change nothing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/decide.h"
#include "server/domain/incident.h"
#include "server/domain/timers.h"

namespace tocsin::domain {

/// playbooks/regimes/ID.yaml, read once.
std::shared_ptr<const PinnedPack> Pack(const std::string& id);
/// playbooks/criteria/ID.yaml.
std::shared_ptr<const regulation::CriteriaSet> Criteria(const std::string& id);
/// playbooks/regimes/nis2.yaml and playbooks/incidents/ransomware.yaml, read once.
std::shared_ptr<const PinnedPack> Nis2();
std::shared_ptr<const PinnedDefinition> Ransomware();

/// playbooks/forms/, read once.
const filing::FormLibrary& Forms();

/// A playbook from the text of its file, which must be good (checked).
std::shared_ptr<const PinnedDefinition> APlaybook(
    const std::string& bytes, std::vector<std::shared_ptr<const PinnedDefinition>> below = {});

/// "2026-06-10T08:15:00Z". Must be one (checked).
absl::Time At(std::string_view text);
PrincipalId Person(uint8_t number);
Zone Brussels();
/// An IANA zone that this machine knows (checked).
Zone ZoneNamed(const std::string& name);
/// A calendar of these bytes (checked), and playbooks/calendars/ of the given countries.
std::shared_ptr<const PinnedCalendar> CalendarFile(const std::string& bytes);
Calendars ShippedCalendars(const std::vector<std::string>& countries);

/// A drill's scenario from the text of its file, which must be good (checked); and
/// playbooks/drills/scenarios/ID.yaml.
std::shared_ptr<const PinnedScenario> AScenario(const std::string& bytes);
std::shared_ptr<const PinnedScenario> ShippedScenario(const std::string& id);

/// An essential entity in Brussels under NIS2, titled "Files are encrypted".
DeclareIncident ADeclaration();

/// Everything in the incident as text; two incidents are equal when their dumps are.
std::string Dump(const Incident& incident);

/// All of Dump, line by line, for messages: the lines of `b` that are not in `a`.
std::string Difference(const std::string& a, const std::string& b);

/// An entry as it stands in the record.
struct Recorded {
  EntryMeta meta;
  PendingEntry entry;
};

/// One incident and what was recorded of it. Starts undeclared, at 2026-06-10T08:00:00Z, with
/// Person(1) acting.
class Case {
 public:
  absl::Time now = At("2026-06-10T08:00:00Z");
  PrincipalId author = Person(1);
  /// What the library offers, and the version of the zone data.
  Calendars calendars;
  std::string zone_data;
  /// nullptr: nothing is proposed. Must outlive the commands.
  const SignificanceContext* significance = nullptr;
  bool four_eyes = false;
  std::vector<EscalationLevel> escalation;

  CommandContext context() const;
  const Incident& incident() const { return incident_; }
  /// For what no command can do, such as other rules for the same zone.
  Incident& mutable_incident() { return incident_; }
  const std::vector<Recorded>& record() const { return record_; }
  const Obligation& obligation(std::string_view stage) const;

  /// Decides, folds what was decided, and returns it. The command must be accepted (checked).
  std::vector<PendingEntry> Do(const Command& command);
  /// The reason for which `command` is refused; "" when it is accepted. The incident stays as it is
  /// either way.
  std::string Refusal(const Command& command) const;
  /// The whole refusal of `command`; OK when it is accepted.
  absl::Status Try(const Command& command) const;

  /// Fires every timer that is due by `until`, each at its own time, then sets `now` to `until`.
  void RunTimers(absl::Time until);

  /// The incident folded anew from the record.
  Incident Replayed() const;

 private:
  Incident incident_;
  std::vector<Recorded> record_;
};

/// A Case that was declared.
Case ADeclaredCase();
/// As ADeclaredCase, aware since 2026-06-10T08:00:00Z and decided to be significant.
Case ASignificantCase();

/// The events of type E among `entries`.
template <typename E>
std::vector<E> EventsOf(const std::vector<PendingEntry>& entries) {
  std::vector<E> events;
  for (const PendingEntry& entry : entries) {
    if (const auto* event = std::get_if<E>(&entry.event)) events.push_back(*event);
  }
  return events;
}

/// The same over a whole record.
template <typename E>
std::vector<E> EventsOf(const std::vector<Recorded>& record) {
  std::vector<E> events;
  for (const Recorded& recorded : record) {
    if (const auto* event = std::get_if<E>(&recorded.entry.event)) events.push_back(*event);
  }
  return events;
}

}  // namespace tocsin::domain
