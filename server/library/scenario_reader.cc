#include "server/library/scenario_reader.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/digest.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/library/fields.h"
#include "server/library/playbook_words.h"

namespace tocsin::library {
namespace {

using domain::Expectation;
using domain::Expected;
using domain::Inject;
using domain::Scenario;

constexpr char kFormat[] = "tocsin-drill-v1";
constexpr size_t kProblemsMax = 100;
constexpr size_t kInjectTextMax = 8 * 1024;
constexpr std::array kAllExpected = {
    Expected::kDeclared, Expected::kAware,    Expected::kSignificance, Expected::kNotification,
    Expected::kStep,     Expected::kDecision, Expected::kPhase,        Expected::kFact,
    Expected::kRole,     Expected::kReport};

// A status with the place that it is about, so that all can be put in the order of the file.
struct Problem {
  int line = 0;
  int column = 0;
  absl::Status status;
};

class ScenarioReader {
 public:
  ScenarioReader(std::string_view file, const ScenarioWords* words) : file_(file), words_(words) {}

  void Read(const YamlNode& root) {
    YamlMapReader map(file_, root, "the scenario");
    CheckFormat(map, kFormat);
    ReadHead(map);
    if (const YamlNode* injects = map.RequiredList("injects")) ReadInjects(*injects);
    if (const YamlNode* list = map.RequiredList("expect")) ReadExpectations(*list);
    Take(root, map.FinishAll());
    // By time; what is said of one moment stays in the order of the file.
    std::stable_sort(scenario_.injects.begin(), scenario_.injects.end(),
                     [](const Inject& a, const Inject& b) { return a.at < b.at; });
  }

  Scenario TakeScenario() { return std::move(scenario_); }
  std::vector<absl::Status> TakeProblems() {
    std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
      return std::pair(a.line, a.column) < std::pair(b.line, b.column);
    });
    std::vector<absl::Status> all;
    for (Problem& problem : problems_) {
      if (all.size() < kProblemsMax) all.push_back(std::move(problem.status));
    }
    return all;
  }

 private:
  // Where a message of this file points to, else at `node`.
  void Take(const YamlNode& node, std::vector<absl::Status> statuses) {
    for (absl::Status& status : statuses) {
      Problem problem{node.line, node.column, std::move(status)};
      const std::string_view message = ToStd(problem.status.message());
      const std::vector<std::string> parts =
          absl::StrSplit(ToAbsl(message.substr(std::min(message.size(), file_.size() + 1))),
                         absl::MaxSplits(':', 2));
      int line = 0;
      int column = 0;
      if (parts.size() == 3 && absl::SimpleAtoi(parts[0], &line) &&
          absl::SimpleAtoi(parts[1], &column)) {
        problem.line = line;
        problem.column = column;
      }
      problems_.push_back(std::move(problem));
    }
  }

  void ReadHead(YamlMapReader& map) {
    scenario_.id = map.Text("id");
    if (!scenario_.id.empty() && !IsWord(scenario_.id)) {
      map.Refuse("id", "is not 1 to 64 of a-z, 0-9, _ and -");
    }
    scenario_.title = Line(map, "title");
    scenario_.version = Line(map, "version");
    scenario_.summary = map.Text("summary");
    scenario_.objectives = map.TextList("objectives");
    scenario_.references = map.TextList("references");
    scenario_.zone = OptionalZone(map, "zone");
    ReadBegins(map);
    scenario_.speed =
        static_cast<int>(map.OptionalInteger("speed", 1, domain::kDrillSpeedMax).value_or(1));
    scenario_.paused = map.Bool("paused", /*when_absent=*/false);
    if (!map.Has("lasts")) static_cast<void>(map.Text("lasts"));
    scenario_.lasts = PositiveSpan(map, "lasts", "the drill must last some time");
    if (scenario_.lasts > domain::kDrillSpanMax) map.Refuse("lasts", "is more than 400 days");
    if (map.Has("tlp")) scenario_.tlp = map.Word("tlp", Choices<Tlp>());
    scenario_.roles = Roles(map, "roles");
    scenario_.replay = map.OptionalText("replay").value_or("");
    if (words_ != nullptr && !scenario_.replay.empty() &&
        !words_->replays.contains(scenario_.replay)) {
      std::vector<std::string> known;
      for (const auto& [name, unused] : words_->replays) known.push_back(name);
      map.Refuse("replay", NotKnown("a file of drills/replays", scenario_.replay, known));
    }
  }

  void ReadBegins(YamlMapReader& map) {
    const std::optional<std::string> text = map.OptionalText("begins");
    if (!text) return;
    const absl::StatusOr<absl::Time> time = ParseInstant(*text);
    if (!time.ok()) {
      map.Refuse("begins", time.status().message().empty() ? "is not an instant"
                                                           : absl::StrCat(time.status().message()));
    } else if (*time < absl::UnixEpoch() + absl::Hours(24) ||
               absl::ToCivilYear(*time, absl::UTCTimeZone()).year() > 2200) {
      map.Refuse("begins", "is not between 1970 and 2200");
    } else {
      scenario_.begins = absl::FromUnixSeconds(absl::ToUnixSeconds(*time));
    }
  }

  static absl::Duration PositiveSpan(YamlMapReader& map, std::string_view key,
                                     std::string_view when_zero) {
    const absl::Duration span = SpanOf(map, key);
    const std::optional<std::string> text = map.OptionalText(key);
    // Another form was refused already.
    if (text && playbook::ParseSpan(*text) == absl::ZeroDuration()) map.Refuse(key, when_zero);
    return span;
  }

  static std::string Line(YamlMapReader& map, std::string_view key) {
    std::string text = map.Text(key);
    if (text.empty()) return text;
    if (const absl::Status status = CheckLine("it", text); !status.ok()) {
      map.Refuse(key, absl::StrCat(status.message()));
    }
    return text;
  }

  static std::vector<IncidentRole> Roles(YamlMapReader& map, std::string_view key) {
    std::vector<IncidentRole> roles;
    for (const std::string& word : map.TextOrList(key)) {
      const absl::StatusOr<IncidentRole> role = ParseText<IncidentRole>(word);
      if (!role.ok()) {
        map.Refuse(key, NotKnown("a role", word, AllTexts<IncidentRole>()));
      } else if (std::find(roles.begin(), roles.end(), *role) != roles.end()) {
        map.Refuse(key, absl::StrCat("'", word, "' stands there twice"));
      } else {
        roles.push_back(*role);
      }
    }
    return roles;
  }

  // An id that nothing else in its list has; `seen` says on which line each stands.
  std::string Id(YamlMapReader& map, const YamlNode& node, std::map<std::string, int>& seen) {
    std::string id = map.Text("id");
    if (id.empty()) return id;
    if (!IsWord(id)) map.Refuse("id", "is not 1 to 64 of a-z, 0-9, _ and -");
    const auto [first, fresh] = seen.try_emplace(id, node.line);
    if (!fresh) {
      map.Refuse("id", absl::StrCat("'", id, "' stands on line ", first->second, " already"));
    }
    return id;
  }

  void ReadInjects(const YamlNode& list) {
    if (list.children.empty() || list.children.size() > domain::kInjectsMax) {
      Take(list, {YamlErrorAt(file_, list,
                              absl::StrCat("a scenario has 1 to ", domain::kInjectsMax,
                                           " injects, not ", list.children.size()))});
      return;
    }
    for (const YamlNode& node : list.children) {
      YamlMapReader map(file_, node, "an inject");
      Inject inject;
      inject.id = Id(map, node, inject_lines_);
      if (!map.Has("at")) static_cast<void>(map.Text("at"));
      inject.at = SpanOf(map, "at");
      if (inject.at > scenario_.lasts && scenario_.lasts > absl::ZeroDuration()) {
        map.Refuse("at", "is after the end of the drill, see lasts");
      }
      inject.to = Roles(map, "to");
      inject.from = Line(map, "from");
      inject.via = map.Word("via", kVias);
      inject.text = map.Text("text");
      if (const absl::Status status =
              CheckText("it", inject.text, {.bytes_max = kInjectTextMax, .may_be_empty = true});
          !status.ok()) {
        map.Refuse("text", absl::StrCat(status.message()));
      }
      inject.line = static_cast<int>(map.OptionalInteger("line", 1, 1'000'000).value_or(0));
      CheckReplayLine(map, inject.line);
      Take(node, map.FinishAll());
      scenario_.injects.push_back(std::move(inject));
    }
  }

  void CheckReplayLine(YamlMapReader& map, int line) const {
    if (line == 0) return;
    if (scenario_.replay.empty()) {
      map.Refuse("line", "the scenario names no replay");
      return;
    }
    if (words_ == nullptr) return;
    const auto replay = words_->replays.find(scenario_.replay);
    if (replay != words_->replays.end() && !replay->second.contains(line)) {
      map.Refuse("line", absl::StrCat("line ", line, " of ", scenario_.replay, " tells no event"));
    }
  }

  void ReadExpectations(const YamlNode& list) {
    if (list.children.empty() || list.children.size() > domain::kExpectationsMax) {
      Take(list, {YamlErrorAt(file_, list,
                              absl::StrCat("a scenario has 1 to ", domain::kExpectationsMax,
                                           " expectations, not ", list.children.size()))});
      return;
    }
    std::map<std::string, int> lines;
    for (const YamlNode& node : list.children) {
      YamlMapReader map(file_, node, "an expectation");
      Expectation one;
      one.id = Id(map, node, lines);
      one.title = Line(map, "title");
      ReadKind(map, one);
      one.after = map.OptionalText("after").value_or("");
      if (!one.after.empty() && !inject_lines_.contains(one.after)) {
        std::vector<std::string> ids;
        for (const auto& [id, unused] : inject_lines_) ids.push_back(id);
        map.Refuse("after", NotKnown("an inject", one.after, ids));
      }
      ReadWithin(map, one);
      one.lesson = map.OptionalText("lesson").value_or("");
      Take(node, map.FinishAll());
      scenario_.expectations.push_back(std::move(one));
    }
  }

  static void ReadWithin(YamlMapReader& map, Expectation& one) {
    if (map.Any("within") == nullptr) return;
    one.within = PositiveSpan(map, "within", "leaves no time at all");
    if (one.kind == Expected::kNotification) {
      map.Refuse("within", "a notification has its due time by law; leave this out");
    }
  }

  // Exactly one key says what is expected.
  void ReadKind(YamlMapReader& map, Expectation& one) {
    int kinds = 0;
    std::vector<std::string> keys;
    for (const Expected kind : kAllExpected) {
      const std::string key(domain::ToText(kind));
      keys.push_back(key);
      // Asked for, so that the key is known also where it is one too many.
      if (map.Any(key) == nullptr) continue;
      one.kind = kind;
      ++kinds;
    }
    const std::optional<std::string> playbook = map.OptionalText("playbook");
    if (kinds != 1) {
      map.Refuse("id", absl::StrCat(kinds == 0 ? "nothing is expected: write one of "
                                               : "only one thing can be expected: one of ",
                                    JoinWords(keys)));
      return;
    }
    const std::string key(domain::ToText(one.kind));
    if (one.kind == Expected::kAware) {
      if (!map.Bool(key, /*when_absent=*/false)) map.Refuse(key, "write true");
    } else if (one.kind == Expected::kDecision) {
      for (const std::string& word : map.TextOrList(key)) {
        one.words.push_back(absl::AsciiStrToLower(word));
      }
      if (one.words.empty()) map.Refuse(key, "name at least one word of the decision");
    } else {
      one.what = map.Text(key);
    }
    one.playbook = playbook.value_or("");
    if (playbook && one.kind != Expected::kStep) {
      map.Refuse("playbook", "only an expected step is one of a playbook");
    }
    CheckWhat(map, key, one);
  }

  template <typename Enum>
  static void CheckEnum(YamlMapReader& map, const std::string& key, const std::string& word) {
    if (word.empty() || ParseText<Enum>(word).ok()) return;
    map.Refuse(key, NotKnown(absl::StrCat("a ", key), word, AllTexts<Enum>()));
  }

  static void CheckIn(YamlMapReader& map, const std::string& key, std::string_view what,
                      const std::string& word, const std::set<std::string>& known) {
    if (word.empty() || known.contains(word)) return;
    map.Refuse(key, NotKnown(what, word, {known.begin(), known.end()}));
  }

  void CheckWhat(YamlMapReader& map, const std::string& key, const Expectation& one) const {
    if (one.kind == Expected::kDeclared) CheckEnum<Severity>(map, key, one.what);
    if (one.kind == Expected::kPhase) CheckEnum<Phase>(map, key, one.what);
    if (one.kind == Expected::kRole) CheckEnum<IncidentRole>(map, key, one.what);
    if (one.kind == Expected::kReport) CheckEnum<Audience>(map, key, one.what);
    if (words_ == nullptr) return;
    if (one.kind == Expected::kSignificance) {
      CheckIn(map, key, "a regime", one.what, words_->regimes);
    } else if (one.kind == Expected::kNotification) {
      CheckIn(map, key, "an obligation", one.what, words_->obligations);
    } else if (one.kind == Expected::kFact) {
      CheckIn(map, key, "an impact fact", one.what, words_->facts);
    } else if (one.kind == Expected::kStep) {
      CheckStep(map, key, one);
    }
  }

  void CheckStep(YamlMapReader& map, const std::string& key, const Expectation& one) const {
    std::set<std::string> known;
    std::set<std::string> playbooks;
    for (const auto& [playbook, steps] : words_->steps) {
      playbooks.insert(playbook);
      if (one.playbook.empty() || one.playbook == playbook) {
        known.insert(steps.begin(), steps.end());
      }
    }
    CheckIn(map, "playbook", "a playbook", one.playbook, playbooks);
    if (one.playbook.empty() || playbooks.contains(one.playbook)) {
      CheckIn(map, key, "a step", one.what, known);
    }
  }

  inline static const std::vector<std::pair<std::string, std::string>> kVias = {
      {"phone", "phone"},   {"mail", "mail"},   {"chat", "chat"},
      {"screen", "screen"}, {"visit", "visit"}, {"news", "news"},
      {"letter", "letter"}, {"alert", "alert"}, {"meeting", "meeting"}};

  const std::string_view file_;
  const ScenarioWords* const words_;
  Scenario scenario_;
  std::map<std::string, int> inject_lines_;
  std::vector<Problem> problems_;
};

LintedScenario Lint(std::string_view file, std::string_view bytes, const ScenarioWords* words) {
  LintedScenario linted;
  const absl::StatusOr<YamlNode> root = ParseYaml(file, bytes, kScenarioLimits);
  if (!root.ok()) {
    linted.problems.push_back(root.status());
    return linted;
  }
  ScenarioReader reader(file, words);
  reader.Read(*root);
  linted.problems = reader.TakeProblems();
  if (linted.problems.empty()) {
    linted.scenario = reader.TakeScenario();
    linted.scenario->digest = Sha256(bytes);
  }
  return linted;
}

}  // namespace

absl::StatusOr<Scenario> ReadScenario(std::string_view file, std::string_view bytes) {
  LintedScenario linted = Lint(file, bytes, /*words=*/nullptr);
  if (!linted.problems.empty()) return linted.problems.front();
  return *std::move(linted.scenario);
}

LintedScenario LintScenario(std::string_view file, std::string_view bytes,
                            const ScenarioWords& words) {
  return Lint(file, bytes, &words);
}

absl::StatusOr<std::set<int>> ReadReplayLines(std::string_view file, std::string_view bytes) {
  std::set<int> events;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(bytes), '\n')) {
    ++number;
    if (line.empty()) continue;
    const auto json = nlohmann::json::parse(line.begin(), line.end(), nullptr,
                                            /*allow_exceptions=*/false);
    if (!json.is_object()) return YamlErrorAt(file, number, 1, "is not a JSON object");
    const auto type = json.find("type");
    if (type != json.end() && *type == "event") events.insert(number);
  }
  return events;
}

}  // namespace tocsin::library
