// Where the steps of a CACAO playbook lead: names resolved, circles and unreachable steps refused.
#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/view.h"
#include "server/library/cacao_model.h"

namespace tocsin::library::cacao {
namespace {

constexpr std::array<std::pair<std::string_view, StepType>, 8> kTypes = {
    {{"start", StepType::kStart},
     {"end", StepType::kEnd},
     {"action", StepType::kAction},
     {"playbook-action", StepType::kPlaybookAction},
     {"parallel", StepType::kParallel},
     {"if-condition", StepType::kIf},
     {"while-condition", StepType::kWhile},
     {"switch-condition", StepType::kSwitch}}};

using Index = absl::flat_hash_map<std::string, size_t>;
using Names = absl::flat_hash_set<std::string>;

// One way from a step to another.
struct Way {
  size_t to;
  std::string member;
  /// Somebody decides whether it is taken.
  bool conditional;
};

std::vector<Way> WaysOf(const Step& step) {
  std::vector<Way> ways;
  if (step.on_completion) ways.push_back({*step.on_completion, "/on_completion", false});
  if (step.on_success) ways.push_back({*step.on_success, "/on_success", true});
  if (step.on_failure) ways.push_back({*step.on_failure, "/on_failure", true});
  for (const Branch& branch : step.branches) {
    ways.push_back({branch.to, branch.pointer, !branch.answer.empty()});
  }
  return ways;
}

std::string NameOf(const Step& step) {
  const std::string_view name = step.json->TextOf("name");
  constexpr size_t kBytesShown = 60;
  return name.empty() || name.size() > kBytesShown ? step.id() : std::string(name);
}

class Reader {
 public:
  Reader(const JsonValue& root, Findings& findings) : root_(root), findings_(findings) {}

  Workflow Read();

 private:
  void AddStep(const JsonValue& json);
  void Resolve(Step& step);
  void Branches(Step& step);
  void Cases(Step& step);
  void CheckNames();
  void CheckException();
  Names NamesIn(const JsonValue* dictionary) const;
  void CheckName(std::string_view name, const Names& known, const std::string& pointer,
                 std::string_view where);
  std::optional<size_t> Find(std::string_view id, const std::string& pointer);
  std::optional<size_t> Member(const Step& step, const char* member);

  const JsonValue& root_;
  Findings& findings_;
  Workflow workflow_;
  Index index_;
};

std::optional<size_t> Reader::Find(std::string_view id, const std::string& pointer) {
  const auto found = index_.find(ToAbsl(id));
  if (found != index_.end()) return found->second;
  findings_.Add("UNKNOWN_STEP", pointer,
                absl::StrCat("there is no step '", ToAbsl(id.substr(0, 100)), "'"),
                "Correct the id, or add the step.");
  return std::nullopt;
}

std::optional<size_t> Reader::Member(const Step& step, const char* member) {
  const std::string_view id = step.json->TextOf(member);
  if (id.empty()) return std::nullopt;
  return Find(id, step.pointer() + PointerPart(member));
}

void Reader::AddStep(const JsonValue& json) {
  Step step{.json = &json};
  const std::string_view type = json.TextOf("type");
  const auto known = std::find_if(kTypes.begin(), kTypes.end(),
                                  [&](const auto& one) { return one.first == type; });
  if (known == kTypes.end()) {
    findings_.Add(
        kNotSupported, step.pointer() + "/type",
        absl::StrCat("steps of type '", ToAbsl(type.substr(0, 100)), "' are not supported"),
        "CACAO 2.0 has start, end, action, playbook-action, parallel, if-condition, "
        "while-condition and switch-condition.");
    return;
  }
  step.type = known->second;
  if (json.key.substr(0, json.key.find("--")) != type) {
    findings_.Add(
        kInvalid, step.pointer(),
        absl::StrCat("the id does not begin with the step's type, '", ToAbsl(type), "--'"),
        "Correct the id, or the type.");
  }
  index_.emplace(json.key, workflow_.steps.size());
  workflow_.steps.push_back(std::move(step));
}

void Reader::Cases(Step& step) {
  const JsonValue* cases = step.json->Find("cases");
  if (cases == nullptr || !cases->is_map()) return;
  bool has_default = false;
  for (const JsonValue& one : cases->children) {
    const std::string pointer = "/cases" + PointerPart(one.key);
    if (!one.is_text()) continue;
    has_default = has_default || one.key == "default";
    const std::optional<size_t> to = Find(one.text, step.pointer() + pointer);
    // "unknown" is what people answer when they do not know.
    std::string answer = one.key == "unknown" ? "value unknown" : one.key;
    if (one.key == "default") answer = kNoCase;
    if (to) step.branches.push_back({*to, std::move(answer), pointer});
  }
  constexpr size_t kCasesMax = 19;
  if (cases->children.empty() || cases->children.size() - (has_default ? 1 : 0) > kCasesMax) {
    findings_.Add(kNotSupported, step.pointer() + "/cases",
                  absl::StrCat("a switch has 1 to ", kCasesMax, " cases besides the default"),
                  "Make several switches of it.");
  }
}

void Reader::Branches(Step& step) {
  if (step.type == StepType::kIf || step.type == StepType::kWhile) {
    if (const auto to = Member(step, "on_true")) step.branches.push_back({*to, "yes", "/on_true"});
    if (const auto to = Member(step, "on_false")) {
      step.branches.push_back({*to, "no", "/on_false"});
    }
  } else if (step.type == StepType::kSwitch) {
    Cases(step);
  } else if (step.type == StepType::kParallel) {
    const JsonValue* next = step.json->Find("next_steps");
    if (next == nullptr || !next->is_list()) return;
    if (next->children.size() < 2) {
      findings_.Add(kInvalid, step.pointer() + "/next_steps", "a parallel step has two or more",
                    "Use on_completion for a single one.");
    }
    for (size_t i = 0; i < next->children.size(); ++i) {
      const std::string pointer = absl::StrCat("/next_steps/", i);
      if (!next->children[i].is_text()) continue;
      const auto to = Find(next->children[i].text, step.pointer() + pointer);
      if (to) step.branches.push_back({*to, "", pointer});
    }
  }
}

void Reader::Resolve(Step& step) {
  step.on_completion = Member(step, "on_completion");
  step.on_success = Member(step, "on_success");
  step.on_failure = Member(step, "on_failure");
  Branches(step);
}

Names Reader::NamesIn(const JsonValue* dictionary) const {
  Names names;
  if (dictionary == nullptr) return names;
  for (const JsonValue& child : dictionary->children) names.insert(child.key);
  return names;
}

void Reader::CheckName(std::string_view name, const Names& known, const std::string& pointer,
                       std::string_view where) {
  if (name.empty() || known.contains(ToAbsl(name))) return;
  findings_.Add(kInvalid, pointer,
                absl::StrCat("'", ToAbsl(name.substr(0, 100)), "' is not in ", ToAbsl(where)),
                "Define it there, or correct the name.");
}

void Reader::CheckNames() {
  const Names agents = NamesIn(root_.Find("agent_definitions"));
  const Names targets = NamesIn(root_.Find("target_definitions"));
  const Names variables = NamesIn(root_.Find("playbook_variables"));
  for (const Step& step : workflow_.steps) {
    CheckName(step.json->TextOf("agent"), agents, step.pointer() + "/agent", "agent_definitions");
    const Names own = NamesIn(step.json->Find("step_variables"));
    for (const std::string_view member : {"targets", "in_args", "out_args"}) {
      const JsonValue* list = step.json->Find(member);
      for (size_t i = 0; list != nullptr && i < list->children.size(); ++i) {
        const std::string pointer = absl::StrCat(step.pointer(), "/", ToAbsl(member), "/", i);
        const std::string& name = list->children[i].text;
        if (member == "targets") {
          CheckName(name, targets, pointer, "target_definitions");
        } else if (!own.contains(name)) {
          CheckName(name, variables, pointer, "step_variables or playbook_variables");
        }
      }
    }
  }
}

void Reader::CheckException() {
  const std::string_view id = root_.TextOf("workflow_exception");
  if (id.empty()) return;
  const std::optional<size_t> step = Find(id, "/workflow_exception");
  if (!step || workflow_.steps[*step].type == StepType::kEnd) return;
  findings_.Add(kNotSupported, "/workflow_exception",
                "an exception that leads to other than an end step is not supported",
                "Handle the failure where it happens, with on_failure.");
}

Workflow Reader::Read() {
  const JsonValue* workflow = root_.Find("workflow");
  if (workflow == nullptr || !workflow->is_map()) return {};
  workflow_.steps.reserve(workflow->children.size());
  for (const JsonValue& step : workflow->children) {
    if (step.is_map()) AddStep(step);
  }
  for (Step& step : workflow_.steps) Resolve(step);
  CheckNames();
  const std::string_view start = root_.TextOf("workflow_start");
  if (const auto found = Find(start, "/workflow_start")) {
    workflow_.start = *found;
    if (workflow_.steps[*found].type != StepType::kStart) {
      findings_.Add(kInvalid, "/workflow_start", "this is not a step of type 'start'",
                    "Name the start step.");
    }
  }
  CheckException();
  return std::move(workflow_);
}

// The circle that closes with the last way of `path`, in words.
void AddCircle(const Workflow& workflow, const std::vector<std::pair<size_t, Way>>& circle,
               Findings& findings) {
  constexpr size_t kStepsShown = 8;
  std::string spelt;
  bool conditional = false;
  for (size_t i = 0; i < circle.size(); ++i) {
    if (i < kStepsShown) absl::StrAppend(&spelt, NameOf(workflow.steps[circle[i].first]), " → ");
    conditional = conditional || circle[i].second.conditional;
  }
  if (circle.size() > kStepsShown) {
    absl::StrAppend(&spelt, "(", circle.size() - kStepsShown, " more) → ");
  }
  absl::StrAppend(&spelt, NameOf(workflow.steps[circle.front().first]));
  const auto& [last, way] = circle.back();
  findings.Add("STEP_CYCLE", workflow.steps[last].pointer() + way.member,
               absl::StrCat(conditional ? "steps lead back to a step before them: "
                                        : "an endless circle without a condition: ",
                            spelt),
               "Write a loop as a while-condition; its branch ends with an end step, not with the "
               "loop itself.");
}

}  // namespace

Workflow ReadWorkflow(const JsonValue& root, Findings& findings) {
  return Reader(root, findings).Read();
}

void CheckReach(const Workflow& workflow, const JsonValue& root, Findings& findings) {
  enum class Seen : uint8_t { kNo, kOpen, kDone };
  std::vector<Seen> seen(workflow.steps.size(), Seen::kNo);
  struct Visit {
    size_t step;
    std::vector<Way> ways;
    size_t next = 0;
  };
  std::vector<Visit> open;
  const auto enter = [&](size_t step) {
    seen[step] = Seen::kOpen;
    open.push_back({step, WaysOf(workflow.steps[step])});
  };
  enter(workflow.start);
  while (!open.empty()) {
    Visit& visit = open.back();
    if (visit.next == visit.ways.size()) {
      seen[visit.step] = Seen::kDone;
      open.pop_back();
      continue;
    }
    const size_t to = visit.ways[visit.next++].to;
    if (seen[to] == Seen::kNo) {
      enter(to);
    } else if (seen[to] == Seen::kOpen) {
      std::vector<std::pair<size_t, Way>> circle;
      auto first =
          std::find_if(open.begin(), open.end(), [&](const Visit& one) { return one.step == to; });
      for (; first != open.end(); ++first) {
        circle.emplace_back(first->step, first->ways[first->next - 1]);
      }
      AddCircle(workflow, circle, findings);
    }
  }
  for (size_t i = 0; i < workflow.steps.size(); ++i) {
    const Step& step = workflow.steps[i];
    if (seen[i] != Seen::kNo || step.id() == root.TextOf("workflow_exception")) continue;
    findings.Add("UNREACHABLE_STEP", step.pointer(),
                 absl::StrCat("no way leads from the start to '", NameOf(step), "'"),
                 "Lead to it, or take it away.");
  }
}

int64_t Milliseconds(const JsonValue& step, std::string_view member) {
  const JsonValue* value = step.Find(member);
  int64_t number = 0;
  if (value == nullptr || !absl::SimpleAtoi(value->text, &number)) return 0;
  return number;
}

}  // namespace tocsin::library::cacao
