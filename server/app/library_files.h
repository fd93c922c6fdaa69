// How the library reads its folders, and how it says what is wrong. Internal to server/app.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::app {

/// The files of a folder whose name has this ending, sorted, so that the first error is always the
/// same one. Errors: kNotFound LIBRARY_MISSING.
inline absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& directory,
                                                        std::string_view ending) {
  std::error_code error;
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ending) files.push_back(it->path().string());
  }
  if (error) {
    return NotFound("LIBRARY_MISSING",
                    absl::StrCat("cannot read ", directory, ": ", error.message()),
                    "Point --library at the playbooks folder.");
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Errors: kNotFound LIBRARY_MISSING.
inline absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  std::error_code error;
  std::ostringstream bytes;
  // A folder can be opened, and reads as an empty file.
  const bool readable = std::filesystem::is_regular_file(path, error);
  std::ifstream file(path, std::ios::binary);
  bytes << file.rdbuf();
  if (!readable || !file || bytes.bad()) {
    return NotFound("LIBRARY_MISSING", absl::StrCat("cannot read ", path), "Check its rights.");
  }
  return bytes.str();
}

/// kNotFound: names the nearest of `known`, or all.
template <typename Value>
absl::Status Unknown(std::string_view what, std::string_view reason, std::string_view id,
                     const std::map<std::string, Value>& known) {
  std::vector<std::string> names;
  for (const auto& [name, unused] : known) names.push_back(name);
  const std::string nearest = NearestWord(id, names);
  return NotFound(reason, absl::StrCat("there is no ", ToAbsl(what), " '", ToAbsl(id), "'"),
                  nearest.empty() ? absl::StrCat("Known: ", absl::StrJoin(names, ", "), ".")
                                  : absl::StrCat("Did you mean '", nearest, "'?"));
}

/// One status for all: the first one's reason, and a line for each.
inline absl::Status Together(const std::vector<absl::Status>& problems) {
  if (problems.size() == 1) return problems.front();
  const std::string lines =
      absl::StrJoin(problems, "\n", [](std::string* out, const absl::Status& problem) {
        absl::StrAppend(out, problem.message());
      });
  return InvalidArgument(ReasonOf(problems.front()), lines, NextStepOf(problems.front()));
}

}  // namespace tocsin::app
