// An office that files with authorities: a server, Ada who drafts and files, Bea who approves, and
// one incident. Used by the tests of notifications.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/harness.h"

namespace tocsin::e2e {

/// A Belgian insurer under NIS2-BE, GDPR and DORA, with four eyes.
extern const char kBelgianInsurer[];

struct Office {
  explicit Office(const std::string& config = kBelgianInsurer,
                  absl::Duration aware_ago = absl::Hours(2));

  /// What `notify show STAGE --out` gives `person`, byte for byte.
  std::string Shown(const Person& person, const std::string& stage) const;
  /// By the end of its name, "nis2-be.early_warning"; must be there.
  nlohmann::json Obligation(const std::string& id) const;
  absl::Time Due(const std::string& id) const;
  /// The server again, after SIGTERM or SIGKILL; everybody follows it to its new port.
  void Restart() const;
  void RestartAfterKill() const;
  /// What Bea does in the incident.
  void Approve(const std::string& stage, uint64_t draft = 0) const;

  void Start() const;

  TempDir dir;
  std::unique_ptr<Server> server;
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
  std::unique_ptr<Person> bea;
  std::string incident;
  absl::Time aware;
};

/// The field of a drafted notification, as the API's JSON shows it; must be there.
const nlohmann::json& FieldOf(const nlohmann::json& draft, const std::string& name);

/// The entry of the draft that `tocsin notify draft -o json` made.
uint64_t DraftOf(const nlohmann::json& drafted);

/// What the schema library says of a DORA report. Code 0: nothing is wrong.
Exit ValidateDora(const std::string& file);

}  // namespace tocsin::e2e
