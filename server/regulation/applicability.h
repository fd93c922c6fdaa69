// To whom a law applies, as data of its rule pack. A pack lists cases; the first that holds gives
// the kind of entity, so the stricter kind stands first. Plain data; selection.h asks the
// questions.
#pragma once

#include <string>
#include <vector>

#include "server/regulation/profile.h"

namespace tocsin::regulation {

/// Which of the organisation's places brings it under the law.
enum class Place {
  kEstablishment,      // any in the pack's country, or in the Union
  kMainEstablishment,  // the main one there (NIS2 26(1)(b); one authority for the Union)
  kService,            // where it provides its service (NIS2 26(1)(a))
  kAnywhere,           // wherever it sits
};

/// All conditions must hold; an empty list asks nothing.
struct AppliesCase {
  std::string entity_kind;
  std::vector<std::string> sectors;  // one of these
  std::vector<std::string> roles;    // one of these
  std::vector<SizeClass> sizes;      // one of these
  Place place = Place::kEstablishment;
  std::string article;
};

/// A more special law that takes this one's place where it applies.
struct Displacement {
  std::string pack;  // its id
  std::string article;
};

struct Applicability {
  std::vector<AppliesCase> cases;  // never empty in a pack that states them
  std::vector<Displacement> displaced_by;
};

}  // namespace tocsin::regulation
