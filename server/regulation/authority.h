// Whom to report to. A directory lists the authorities of one country with the channel each of them
// takes reports through, because in the night of an incident nobody should have to search for a
// portal. Plain data, read from playbooks/authorities/; a channel is an address for people, nothing
// here is called by the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::regulation {

enum class AuthorityRole {
  kCsirt,               // helps with the incident; most often the first to be told
  kCompetentAuthority,  // supervises the duty to report
  kDataProtection,      // personal data breaches
  kFinancial,           // supervises financial entities
  kSector,              // supervises one sector, such as trust services
  kPlatform,            // a portal that passes reports on to several authorities
};

struct Authority {
  std::string id;  // unique within its directory
  std::string name;
  AuthorityRole role = AuthorityRole::kCsirt;
  std::vector<std::string> regimes;    // as in the rule packs: "NIS2-NL", "GDPR"; never empty
  std::vector<std::string> stages;     // the duties it takes; empty: all of its regimes
  std::string channel;                 // an address, or how to reach it; never empty
  std::string phone;                   // "+32 2 501 05 60"; empty when none is known for certain
  std::vector<std::string> languages;  // that it accepts, ISO 639-1; empty when not known
  std::string fallback;                // when the channel is down; empty when none is known
  std::string confidence;              // how sure we are, and of what
  std::string note;
};

/// The authorities of one country, or of the Union.
struct AuthorityDirectory {
  std::string country;      // ISO 3166 alpha-2, or "EU"
  std::string verified_on;  // the state of the sources, "2026-08-22"
  std::vector<Authority> authorities;
};

/// "csirt", "competent_authority" …: the words of the files.
std::string_view ToText(AuthorityRole role);

/// True when `authority`, listed for `country`, takes reports under the regime of that name: it
/// names the regime itself, or the national version of a regime of the Union ("NIS2-LU" for
/// "NIS2"), in any case.
bool TakesRegime(const Authority& authority, std::string_view country, std::string_view regime);
/// True when it takes reports at this stage of its regimes.
bool TakesStage(const Authority& authority, std::string_view stage);

}  // namespace tocsin::regulation
