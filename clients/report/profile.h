// Who reads a report, and what they get: how secret it may be, whether people are named, which
// parts stand in it and how much of each. Profiles and the words of each language are files in
// clients/report/profiles and clients/report/labels, compiled in: a bundle must become a document
// on a machine that has nothing but this program.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/vocabulary.h"

namespace tocsin::report {

/// The parts of a report; their names in a profile are those of SectionName.
enum class Section : uint8_t {
  kFacts,
  kFactsShort,
  kSummary,
  kFigure,
  kKeyTimes,
  kKeyTimesShort,
  kImpact,
  kObligations,
  kTimeline,
  kDecisions,
  kCommunications,
  kNotifications,
  kEvidence,
  kRuns,
  kReview,
  kLessons,
  kActions,
  kIntegrity,
  kIntegrityShort,
};

enum class Names : uint8_t { kHandles, kRoles };

struct Profile {
  std::string name;
  /// One sentence: for whom, for what.
  std::string purpose;
  /// Entries above it are withheld.
  Tlp ceiling = Tlp::kRed;
  Names names = Names::kHandles;
  std::vector<Section> sections;
  /// Rows of a list in short sections; 0: all.
  size_t rows_max = 0;
  /// Characters of a text that a person wrote; 0: all.
  size_t text_max = 0;
};

/// Reads a profile's file. Errors: kInvalidArgument BAD_PROFILE; the message names what is wrong.
absl::StatusOr<Profile> ReadProfile(std::string_view text);

/// All profiles of this program, by name.
const std::map<std::string, Profile>& Profiles();

/// The words of a language by key.
class Labels {
 public:
  Labels(std::string language, std::map<std::string, std::string> words)
      : language_(std::move(language)), words_(std::move(words)) {}

  const std::string& language() const { return language_; }
  /// The word under `key`; the key itself when there is none, which the tests do not let happen.
  std::string operator()(std::string_view key) const;
  /// With {0}, {1} … replaced.
  std::string operator()(std::string_view key, const std::vector<std::string>& values) const;
  /// The word under prefix + word, else `word`: for words of the record that later releases may add
  /// to.
  std::string Of(std::string_view prefix, std::string_view word) const;
  const std::map<std::string, std::string>& words() const { return words_; }

 private:
  std::string language_;
  std::map<std::string, std::string> words_;
};

/// All languages of this program, by code: en, nl, sv.
const std::map<std::string, Labels>& Languages();

}  // namespace tocsin::report
