#include "server/regulation/selection.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/view.h"

namespace tocsin::regulation {
namespace {

constexpr char kNone[] = "none";

// How one condition stands: true, false, or unknown; `words` says why, or what is not stated.
enum class Truth { kTrue, kFalse, kUnknown };
struct Answer {
  Truth truth = Truth::kTrue;
  std::string words;
};

void AddOnce(std::vector<std::string>& words, const std::string& word) {
  if (word.empty() || std::find(words.begin(), words.end(), word) != words.end()) return;
  words.push_back(word);
}

Answer AskSectors(const AppliesCase& c, const Profile& profile) {
  if (c.sectors.empty()) return {};
  if (!profile.sectors) return {Truth::kUnknown, "its sectors"};
  std::vector<std::string> common;
  for (const std::string& sector : *profile.sectors) {
    if (std::find(c.sectors.begin(), c.sectors.end(), sector) != c.sectors.end()) {
      common.push_back(sector);
    }
  }
  if (common.empty()) return {Truth::kFalse, ""};
  return {Truth::kTrue, absl::StrCat(common.size() == 1 ? "its sector is " : "its sectors are ",
                                     absl::StrJoin(common, ", "))};
}

Answer AskRoles(const AppliesCase& c, const Profile& profile) {
  if (c.roles.empty()) return {};
  std::vector<std::string> unknown;
  for (const std::string& role : c.roles) {
    const auto stated = profile.roles.find(role);
    if (stated == profile.roles.end()) {
      unknown.push_back(absl::StrCat("roles.", role));
    } else if (stated->second) {
      return {Truth::kTrue, absl::StrCat("it has the role ", role)};
    }
  }
  if (!unknown.empty()) return {Truth::kUnknown, absl::StrJoin(unknown, ", ")};
  return {Truth::kFalse, absl::StrCat("it has not the role ", absl::StrJoin(c.roles, " or "))};
}

Answer AskSize(const AppliesCase& c, const Profile& profile) {
  if (c.sizes.empty()) return {};
  const SizeRange range = SizeOf(profile);
  bool every = true;
  bool any = false;
  for (const SizeClass size : {SizeClass::kSmall, SizeClass::kMedium, SizeClass::kLarge}) {
    if (size < range.smallest || size > range.largest) continue;
    const bool bound = std::find(c.sizes.begin(), c.sizes.end(), size) != c.sizes.end();
    every = every && bound;
    any = any || bound;
  }
  const bool settled = range.smallest == range.largest;
  const std::string words =
      absl::StrCat("it is ", settled ? "" : "at least ", ToAbsl(ToText(range.smallest)));
  if (every) return {Truth::kTrue, words};
  if (any) return {Truth::kUnknown, "its size (employees, turnover_eur, balance_eur)"};
  return {Truth::kFalse, absl::StrCat(words, ", which the law does not bind")};
}

// Answers for one pack.
class PackQuestion {
 public:
  // `covered`: the countries that have a pack of their own for this Directive.
  PackQuestion(const RulePack& pack, const Profile& profile, std::set<std::string> covered)
      : pack_(pack), profile_(profile), covered_(std::move(covered)) {}

  Selection Ask(const Applicability& applicability);

 private:
  struct Where {
    Answer answer;
    std::vector<std::string> countries;
  };

  bool InScope(const std::string& country) const {
    if (!pack_.country.empty()) return country == pack_.country;
    return IsMemberState(country) && !covered_.contains(country);
  }
  std::string ScopeText() const;
  std::vector<std::string> EstablishedInScope() const;
  Where AskPlace(Place place) const;
  Where AskMain() const;
  Where AskService() const;
  void AskCase(const AppliesCase& c, Selection& selection);
  Selection AsStated(const std::string& kind) const;

  const RulePack& pack_;
  const Profile& profile_;
  const std::set<std::string> covered_;
  std::map<std::string, std::vector<std::string>> unknown_;  // by kind: what its cases need
  std::vector<std::string> reasons_;
};

std::string PackQuestion::ScopeText() const {
  if (!pack_.country.empty()) return pack_.country;
  return covered_.empty() ? "the Union" : "a Member State without a national rule pack";
}

std::vector<std::string> PackQuestion::EstablishedInScope() const {
  std::vector<std::string> countries;
  for (const Establishment& establishment : profile_.establishments) {
    if (InScope(establishment.country)) countries.push_back(establishment.country);
  }
  return countries;
}

PackQuestion::Where PackQuestion::AskMain() const {
  const std::vector<std::string> inside = EstablishedInScope();
  const Establishment* main = MainEstablishment(profile_);
  if (main != nullptr && InScope(main->country)) {
    return {{Truth::kTrue, absl::StrCat("its main establishment is in ", main->country)},
            {main->country}};
  }
  // One law for the whole Union binds whichever of the establishments is the main one.
  const bool whole_union = pack_.country.empty() && covered_.empty();
  if (inside.empty() || (main != nullptr && !whole_union)) {
    return {{Truth::kFalse, absl::StrCat("its main establishment is not in ", ScopeText())}, {}};
  }
  if (!whole_union) return {{Truth::kUnknown, "which establishment is the main one"}, {}};
  return {{Truth::kTrue, absl::StrCat("it is established in ", absl::StrJoin(inside, ", "),
                                      " and names no main establishment there")},
          inside};
}

PackQuestion::Where PackQuestion::AskService() const {
  if (!profile_.services_in) return {{Truth::kUnknown, "services_in"}, {}};
  std::vector<std::string> inside;
  for (const std::string& country : *profile_.services_in) {
    if (InScope(country)) inside.push_back(country);
  }
  if (inside.empty()) {
    return {{Truth::kFalse, absl::StrCat("it provides no service in ", ScopeText())}, {}};
  }
  return {{Truth::kTrue, absl::StrCat("it provides its service in ", absl::StrJoin(inside, ", "))},
          inside};
}

PackQuestion::Where PackQuestion::AskPlace(Place place) const {
  const Establishment* main = MainEstablishment(profile_);
  if (place == Place::kAnywhere) {
    return {{}, main == nullptr ? std::vector<std::string>{} : std::vector{main->country}};
  }
  if (place == Place::kService) return AskService();
  if (profile_.establishments.empty()) return {{Truth::kUnknown, "its establishments"}, {}};
  if (place == Place::kMainEstablishment) return AskMain();
  std::vector<std::string> inside = EstablishedInScope();
  if (inside.empty()) {
    return {{Truth::kFalse, absl::StrCat("it has no establishment in ", ScopeText())}, {}};
  }
  return {{Truth::kTrue, absl::StrCat("it is established in ", absl::StrJoin(inside, ", "))},
          std::move(inside)};
}

void PackQuestion::AskCase(const AppliesCase& c, Selection& selection) {
  const Answer sectors = AskSectors(c, profile_);
  // A case for other sectors says nothing about this organisation, unless all are of that kind.
  if (sectors.truth == Truth::kFalse) return;
  Where where = AskPlace(c.place);
  const std::vector<Answer> answers = {where.answer, sectors, AskRoles(c, profile_),
                                       AskSize(c, profile_)};
  for (const Answer& answer : answers) {
    if (answer.truth != Truth::kFalse) continue;
    AddOnce(reasons_, answer.words);
    return;
  }
  std::vector<std::string> holds;
  std::vector<std::string> unknown;
  for (const Answer& answer : answers) {
    AddOnce(answer.truth == Truth::kUnknown ? unknown : holds, answer.words);
  }
  if (!unknown.empty()) {
    for (const std::string& word : unknown) AddOnce(unknown_[c.entity_kind], word);
    return;
  }
  selection.verdict = Verdict::kApplies;
  selection.entity_kind = c.entity_kind;
  selection.countries = std::move(where.countries);
  selection.because = absl::StrCat(absl::StrJoin(holds, ", "), " (", c.article, ")");
  if (!covered_.empty()) {
    absl::StrAppend(&selection.because, "; there is no rule pack for ",
                    absl::StrJoin(selection.countries, ", "),
                    ", so the Directive's own terms stand in");
  }
  // What a case before this one needs could only change the kind.
  for (const auto& [kind, words] : unknown_) {
    if (kind == c.entity_kind) continue;
    absl::StrAppend(&selection.because, "; as ", kind,
                    " if so, but the profile does not say: ", absl::StrJoin(words, ", "));
  }
}

Selection PackQuestion::AsStated(const std::string& kind) const {
  Selection selection;
  selection.pack = &pack_;
  selection.because = "the profile says so under entity_kinds";
  selection.verdict = kind == kNone ? Verdict::kDoesNotApply : Verdict::kApplies;
  if (kind == kNone) return selection;
  selection.entity_kind = kind;
  selection.countries = AskPlace(Place::kMainEstablishment).countries;
  if (!pack_.country.empty() && pack_.time_zone.empty()) selection.countries = {pack_.country};
  return selection;
}

Selection PackQuestion::Ask(const Applicability& applicability) {
  const auto stated = profile_.entity_kinds.find(pack_.id);
  if (stated != profile_.entity_kinds.end()) return AsStated(stated->second);
  Selection selection;
  selection.pack = &pack_;
  if (applicability.cases.empty()) {
    selection.because = "the rule pack does not say to whom it applies";
    return selection;
  }
  for (const AppliesCase& c : applicability.cases) {
    AskCase(c, selection);
    if (selection.verdict == Verdict::kApplies) return selection;
  }
  if (unknown_.empty()) {
    selection.verdict = Verdict::kDoesNotApply;
    if (reasons_.empty()) reasons_.push_back("it is in no sector that the law names");
    selection.because = absl::StrJoin(reasons_, "; ");
    return selection;
  }
  std::vector<std::string> all;
  for (const auto& [unused, words] : unknown_) {
    for (const std::string& word : words) AddOnce(all, word);
  }
  selection.because = absl::StrCat("the profile does not say: ", absl::StrJoin(all, ", "));
  return selection;
}

// Of one call of Select.
class Selector {
 public:
  Selector(const std::vector<const RulePack*>& packs, const Profile& profile, absl::CivilDay today)
      : packs_(packs), profile_(profile), today_(today) {}

  std::vector<Selection> Run() {
    std::vector<Selection> selections;
    for (const RulePack* pack : packs_) selections.push_back(Ask(*pack));
    // Against what each one says for itself: a chain of displacements would have no end.
    const std::vector<Selection> alone = selections;
    for (Selection& selection : selections) Displace(selection, alone);
    return selections;
  }

 private:
  bool InForce(const RulePack& pack) const {
    return pack.valid_from <= today_ && (!pack.valid_to || *pack.valid_to >= today_);
  }

  const RulePack* Find(const std::string& id) const {
    for (const RulePack* pack : packs_) {
      if (pack->id == id) return pack;
    }
    return nullptr;
  }

  // The pack's own words, else those of the Directive that it transposes.
  Applicability WordsOf(const RulePack& pack) const {
    if (pack.applies_to) return *pack.applies_to;
    const RulePack* directive = pack.transposes.empty() ? nullptr : Find(pack.transposes);
    return directive == nullptr ? Applicability{} : directive->applies_to.value_or(Applicability{});
  }

  Selection Ask(const RulePack& pack) const {
    Selection selection;
    selection.pack = &pack;
    selection.verdict = Verdict::kDoesNotApply;
    if (pack.valid_from > today_) {
      selection.because = absl::StrCat("in force from ", absl::FormatCivilTime(pack.valid_from));
      return selection;
    }
    if (!InForce(pack)) {
      selection.because = absl::StrCat("ended on ", absl::FormatCivilTime(*pack.valid_to));
      return selection;
    }
    std::set<std::string> covered;
    for (const RulePack* other : packs_) {
      if (other->transposes == pack.id && InForce(*other)) covered.insert(other->country);
    }
    return PackQuestion(pack, profile_, std::move(covered)).Ask(WordsOf(pack));
  }

  void Displace(Selection& selection, const std::vector<Selection>& alone) const {
    if (selection.verdict == Verdict::kDoesNotApply) return;
    if (profile_.entity_kinds.contains(selection.pack->id)) return;
    for (const Displacement& by : WordsOf(*selection.pack).displaced_by) {
      for (const Selection& other : alone) {
        if (other.pack->id != by.pack) continue;
        if (other.verdict == Verdict::kApplies) {
          selection = {selection.pack,
                       Verdict::kDoesNotApply,
                       "",
                       {},
                       absl::StrCat(by.pack, " takes its place (", by.article, ")")};
          return;
        }
        // More clocks rather than fewer.
        if (other.verdict == Verdict::kCannotTell) {
          absl::StrAppend(&selection.because, "; unless ", by.pack,
                          " applies and takes its place (", by.article,
                          "), of which the profile does not say enough");
        }
      }
    }
  }

  const std::vector<const RulePack*>& packs_;
  const Profile& profile_;
  const absl::CivilDay today_;
};

}  // namespace

std::string_view ToText(Verdict verdict) {
  switch (verdict) {
    case Verdict::kApplies:
      return "applies";
    case Verdict::kDoesNotApply:
      return "does not apply";
    case Verdict::kCannotTell:
      return "cannot tell";
  }
  return "";
}

std::vector<Selection> Select(const std::vector<const RulePack*>& packs, const Profile& profile,
                              absl::CivilDay today) {
  return Selector(packs, profile, today).Run();
}

}  // namespace tocsin::regulation
