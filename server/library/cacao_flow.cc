#include "server/library/cacao_flow.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "server/base/view.h"
#include "server/library/cacao_ways.h"
#include "server/playbook/definition.h"

namespace tocsin::library::cacao {
namespace {

using playbook::Condition;

constexpr size_t kNone = std::numeric_limits<size_t>::max();
// Branches within branches.
constexpr size_t kNestingMax = 64;
// Conditions that keep a step from being done; they share its limit of parts with the ways to it.
constexpr size_t kGuardsMax = 8;

// The steps of one branch, up to where it ends. Both branches of an if are one region: a step may
// stand behind both.
struct Region {
  size_t owner = kNone;
  size_t parent = kNone;
  size_t depth = 0;
  /// The step that goes on when this region has come to its end; kNone: nothing does.
  size_t joins_at = kNone;
};

// What arrives at a step.
struct Arrival {
  /// Tasks.
  std::set<size_t> needs;
  std::shared_ptr<const Ways> ways = std::make_shared<const Ways>();
  /// Of the way itself, when it is the only one.
  std::optional<Condition> own;
  /// Failures that nobody handled keep what follows from being done.
  std::vector<Condition> guards;
};

struct Join {
  std::set<size_t> needs;
  std::vector<Condition> guards;
};

Condition AllOf(std::vector<Condition> parts) {
  std::vector<Condition> flat;
  for (Condition& part : parts) {
    if (part.kind == Condition::Kind::kAllOf) {
      flat.insert(flat.end(), part.parts.begin(), part.parts.end());
    } else {
      flat.push_back(std::move(part));
    }
  }
  return Joined(Condition::Kind::kAllOf, std::move(flat));
}

class Planner {
 public:
  Planner(const Workflow& workflow, Findings& findings)
      : workflow_(workflow),
        findings_(findings),
        region_of_(workflow.steps.size(), kNone),
        branch_regions_(workflow.steps.size()),
        arrivals_(workflow.steps.size()),
        ways_of_(workflow.steps.size()),
        joins_(workflow.steps.size()) {}

  std::vector<Task> Plan();

 private:
  const Step& step(size_t index) const { return workflow_.steps[index]; }
  bool IsEnd(size_t index) const { return step(index).type == StepType::kEnd; }
  bool GoesOn(const Step& step) const;
  size_t AddRegion(size_t owner);
  void AddRegions(size_t index);
  void AssignRegions();
  std::vector<size_t> After(size_t node) const;
  std::vector<size_t> Order() const;

  void Process(size_t index);
  void ProcessJoin(size_t index);
  void Decide(size_t index, const Arrival& arrival);
  void Loop(size_t index, const Arrival& arrival);
  void Sequential(size_t index, const Arrival& after, const std::string& question);
  void Go(Arrival arrival, std::optional<size_t> to, size_t region);
  void Exit(const Arrival& arrival, size_t region);
  void Guard(size_t region, const Task& failed);
  Arrival Merge(size_t index);
  size_t AddTask(Task::Kind kind, size_t index, const Arrival& arrival);
  void Ask(Task& task, std::string question, std::vector<std::string> answers);
  static Arrival Behind(size_t task, std::shared_ptr<const Ways> ways);
  static Arrival Answered(const Arrival& behind, const std::string& question,
                          const std::string& answer);
  std::string UniqueId(std::string id);

  const Workflow& workflow_;
  Findings& findings_;
  std::vector<Region> regions_;
  std::vector<size_t> region_of_;
  // Parallel to the branches of a step; the last one is that of a branch that is not there.
  std::vector<std::vector<size_t>> branch_regions_;
  std::vector<std::vector<Arrival>> arrivals_;
  std::vector<std::shared_ptr<const Ways>> ways_of_;
  std::vector<Join> joins_;
  std::vector<Task> tasks_;
  Questions questions_;
  absl::flat_hash_map<std::string, size_t> ids_;
};

// Whether something is done behind the branches of a step.
bool Planner::GoesOn(const Step& step) const {
  const auto leads_on = [&](const std::optional<size_t>& to) { return to && !IsEnd(*to); };
  return leads_on(step.on_completion) || leads_on(step.on_success) || leads_on(step.on_failure);
}

size_t Planner::AddRegion(size_t owner) {
  const size_t parent = region_of_[owner];
  const size_t joins_at = GoesOn(step(owner)) ? owner : regions_[parent].joins_at;
  regions_.push_back({owner, parent, regions_[parent].depth + 1, joins_at});
  return regions_.size() - 1;
}

void Planner::AddRegions(size_t index) {
  const Step& owner = step(index);
  std::vector<size_t>& regions = branch_regions_[index];
  if (owner.branches.empty()) return;
  const bool apart = owner.type == StepType::kParallel;
  for (size_t i = 0; i < owner.branches.size(); ++i) {
    regions.push_back(i == 0 || apart ? AddRegion(index) : regions.front());
  }
  regions.push_back(regions.front());
}

// Every step gets the region that it is reached in.
void Planner::AssignRegions() {
  regions_.push_back({});
  std::vector<size_t> open = {workflow_.start};
  region_of_[workflow_.start] = 0;
  const auto reach = [&](size_t to, size_t region, const std::string& pointer) {
    if (IsEnd(to)) return;
    if (region_of_[to] == kNone) {
      region_of_[to] = region;
      open.push_back(to);
    } else if (region_of_[to] != region) {
      findings_.Add(
          kNotSupported, pointer,
          absl::StrCat("'", step(to).id(), "' is reached in two branches; it would be done twice"),
          "End each branch with an end step, and go on with on_completion of the step "
          "that branches.");
    }
  };
  while (!open.empty()) {
    const size_t index = open.back();
    open.pop_back();
    const Step& from = step(index);
    if (regions_[region_of_[index]].depth >= kNestingMax && !from.branches.empty()) {
      findings_.Add(kNotSupported, from.pointer(),
                    absl::StrCat("branches are nested deeper than ", kNestingMax),
                    "Make a playbook of its own of the inner ones.");
      return;
    }
    AddRegions(index);
    const std::pair<const std::optional<size_t>*, const char*> nexts[] = {
        {&from.on_completion, "/on_completion"},
        {&from.on_success, "/on_success"},
        {&from.on_failure, "/on_failure"}};
    for (const auto& [to, member] : nexts) {
      if (*to) reach(**to, region_of_[index], from.pointer() + member);
    }
    for (size_t i = 0; i < from.branches.size(); ++i) {
      const Branch& branch = from.branches[i];
      reach(branch.to, branch_regions_[index][i], from.pointer() + branch.pointer);
    }
  }
}

// What comes behind a node. Nodes are the steps, and behind them the joins of their branches.
std::vector<size_t> Planner::After(size_t node) const {
  const size_t count = workflow_.steps.size();
  const size_t index = node % count;
  const Step& from = step(index);
  std::vector<size_t> after;
  const auto go = [&](const std::optional<size_t>& to, size_t region) {
    if (to && !IsEnd(*to)) {
      after.push_back(*to);
    } else if (regions_[region].joins_at != kNone) {
      after.push_back(count + regions_[region].joins_at);
    }
  };
  const bool branches = !from.branches.empty();
  if (node >= count || !branches) {
    for (const auto* to : {&from.on_completion, &from.on_success, &from.on_failure}) {
      if (*to) go(*to, region_of_[index]);
    }
    if (!from.on_completion) go(std::nullopt, region_of_[index]);
    return after;
  }
  for (size_t i = 0; i < from.branches.size(); ++i) {
    go(from.branches[i].to, branch_regions_[index][i]);
  }
  go(std::nullopt, branch_regions_[index].back());
  return after;
}

// Every node behind all that leads to it; what was begun is finished first.
std::vector<size_t> Planner::Order() const {
  const size_t count = workflow_.steps.size();
  std::vector<std::vector<size_t>> after(2 * count);
  std::vector<size_t> open(2 * count, 0);
  const auto is_node = [&](size_t node) {
    const size_t index = node % count;
    if (region_of_[index] == kNone) return false;
    return node < count || (!step(index).branches.empty() && GoesOn(step(index)));
  };
  for (size_t node = 0; node < after.size(); ++node) {
    if (!is_node(node)) continue;
    after[node] = After(node);
    for (const size_t to : after[node]) ++open[to];
  }
  std::vector<size_t> order;
  std::vector<size_t> ready = {workflow_.start};
  while (!ready.empty()) {
    const size_t node = ready.back();
    ready.pop_back();
    order.push_back(node);
    for (auto to = after[node].rbegin(); to != after[node].rend(); ++to) {
      if (--open[*to] == 0) ready.push_back(*to);
    }
  }
  return order;
}

Arrival Planner::Behind(size_t task, std::shared_ptr<const Ways> ways) {
  Arrival arrival;
  arrival.needs = {task};
  arrival.ways = std::move(ways);
  return arrival;
}

Arrival Planner::Answered(const Arrival& behind, const std::string& question,
                          const std::string& answer) {
  Arrival arrival = behind;
  arrival.ways = std::make_shared<const Ways>(behind.ways->And(question, answer));
  arrival.own = AnswerIs(question, {answer});
  return arrival;
}

void Planner::Exit(const Arrival& arrival, size_t region) {
  const size_t at = regions_[region].joins_at;
  if (at != kNone) joins_[at].needs.insert(arrival.needs.begin(), arrival.needs.end());
}

void Planner::Go(Arrival arrival, std::optional<size_t> to, size_t region) {
  if (!to || IsEnd(*to)) {
    Exit(arrival, region);
  } else {
    arrivals_[*to].push_back(std::move(arrival));
  }
}

// A failure that nobody handles is an exception: nothing goes on behind the branch it is in, nor
// behind those around it. Skipped is not failed.
void Planner::Guard(size_t region, const Task& failed) {
  Condition done;
  done.kind = Condition::Kind::kDone;
  done.name = failed.id;
  Condition guard;
  guard.kind = Condition::Kind::kNot;
  guard.parts = {AllOf({done, AnswerIs(failed.question, {"no"})})};
  for (size_t at = regions_[region].joins_at; at != kNone; at = regions_[region_of_[at]].joins_at) {
    if (joins_[at].guards.size() == kGuardsMax) {
      findings_.Add(kNotSupported, step(at).pointer(),
                    absl::StrCat("more than ", kGuardsMax,
                                 " steps in its branches have on_success and no on_failure"),
                    "Say with on_failure what happens then.");
    }
    joins_[at].guards.push_back(guard);
  }
}

// All that arrives at a step, as one.
Arrival Planner::Merge(size_t index) {
  std::vector<Arrival> all = std::exchange(arrivals_[index], {});
  Arrival merged;
  if (all.empty()) return merged;
  merged = all.front();
  for (size_t i = 1; i < all.size(); ++i) {
    merged.needs.insert(all[i].needs.begin(), all[i].needs.end());
    merged.guards.insert(merged.guards.end(), all[i].guards.begin(), all[i].guards.end());
    merged.ways = std::make_shared<const Ways>(merged.ways->Or(*all[i].ways, questions_));
  }
  if (all.size() > 1) {
    merged.own.reset();
    if (merged.ways->too_many()) {
      findings_.Add(kNotSupported, step(index).pointer(),
                    "more ways lead to this step than a condition can tell apart",
                    "Lead them together in fewer places.");
    } else if (!merged.ways->always()) {
      merged.own = merged.ways->AsCondition();
    }
  }
  if (!merged.guards.empty()) {
    std::vector<Condition> parts = std::exchange(merged.guards, {});
    if (merged.own) parts.insert(parts.begin(), *merged.own);
    merged.own = AllOf(std::move(parts));
  }
  if (merged.needs.size() > playbook::kNeedsMax) {
    findings_.Add(kNotSupported, step(index).pointer(),
                  absl::StrCat(merged.needs.size(), " steps come together here; at most ",
                               playbook::kNeedsMax, " can"),
                  "Lead them together in several steps.");
  }
  return merged;
}

// `id`, or `id` with a number that makes it another than those before.
std::string Planner::UniqueId(std::string id) {
  while (true) {
    const size_t count = ++ids_[id];
    if (count == 1) return id;
    std::string numbered = absl::StrCat(id, "-", count);
    if (ids_.try_emplace(numbered, 1).second) return numbered;
  }
}

size_t Planner::AddTask(Task::Kind kind, size_t index, const Arrival& arrival) {
  Task task{.kind = kind, .step = index};
  task.id = Slug(step(index).json->TextOf("name"));
  if (task.id.empty()) task.id = std::string(step(index).json->TextOf("type"));
  if (kind == Task::Kind::kOutcome) task.id += "-outcome";
  task.id = UniqueId(std::move(task.id));
  for (const size_t need : arrival.needs) task.needs.push_back(tasks_[need].id);
  task.when = arrival.own;
  tasks_.push_back(std::move(task));
  return tasks_.size() - 1;
}

void Planner::Ask(Task& task, std::string question, std::vector<std::string> answers) {
  questions_[question] = answers;
  task.question = std::move(question);
  task.answers = std::move(answers);
}

// Goes on behind a step. Where success and failure lead apart, `question` tells which it was.
void Planner::Sequential(size_t index, const Arrival& after, const std::string& question) {
  const Step& from = step(index);
  const size_t region = region_of_[index];
  if (!from.asks_outcome()) {
    Go(after, from.on_completion, region);
    return;
  }
  Go(Answered(after, question, "yes"), from.on_success, region);
  if (from.on_failure) {
    Go(Answered(after, question, "no"), from.on_failure, region);
  } else {
    Guard(region, tasks_.back());
  }
}

void Planner::Decide(size_t index, const Arrival& arrival) {
  const Step& from = step(index);
  const size_t task = AddTask(Task::Kind::kDecision, index, arrival);
  std::vector<std::string> answers;
  if (from.type == StepType::kIf) {
    answers = {"yes", "no"};
  } else {
    for (const Branch& branch : from.branches) answers.push_back(branch.answer);
    if (std::find(answers.begin(), answers.end(), kNoCase) == answers.end()) {
      answers.emplace_back(kNoCase);
    }
  }
  const std::string question = tasks_[task].id;
  Ask(tasks_[task], question, answers);
  const Arrival behind = Behind(task, std::make_shared<const Ways>());
  for (size_t i = 0; i < from.branches.size(); ++i) {
    Go(Answered(behind, question, from.branches[i].answer), from.branches[i].to,
       branch_regions_[index][i]);
  }
  if (from.branches.size() < answers.size()) Exit(behind, branch_regions_[index].back());
}

// The branch of a while stands beside the step that asks whether it goes on: that step is done only
// when it does not.
void Planner::Loop(size_t index, const Arrival& arrival) {
  const size_t task = AddTask(Task::Kind::kLoop, index, arrival);
  const std::string question = tasks_[task].id;
  Ask(tasks_[task], question, {"yes", "no"});
  Arrival body;
  body.needs = arrival.needs;
  std::vector<Condition> parts;
  if (arrival.own) parts.push_back(*arrival.own);
  parts.push_back(AnswerIs(question, {"yes"}));
  body.own = AllOf(std::move(parts));
  Go(std::move(body), step(index).branches.front().to, branch_regions_[index].front());
  Exit(Behind(task, std::make_shared<const Ways>()), branch_regions_[index].back());
}

void Planner::Process(size_t index) {
  const Step& from = step(index);
  const Arrival arrival = Merge(index);
  ways_of_[index] = arrival.ways;
  switch (from.type) {
    case StepType::kStart:
      Sequential(index, arrival, "");
      return;
    case StepType::kAction: {
      const size_t task = AddTask(Task::Kind::kAction, index, arrival);
      if (from.asks_outcome()) {
        Ask(tasks_[task], UniqueId(tasks_[task].id + "-worked"), {"yes", "no"});
      }
      Sequential(index, Behind(task, arrival.ways), tasks_[task].question);
      return;
    }
    case StepType::kPlaybookAction: {
      Arrival after = Behind(AddTask(Task::Kind::kPlaybook, index, arrival), arrival.ways);
      if (from.asks_outcome()) {
        const size_t outcome = AddTask(Task::Kind::kOutcome, index, after);
        Ask(tasks_[outcome], tasks_[outcome].id, {"yes", "no"});
        after = Behind(outcome, arrival.ways);
      }
      Sequential(index, after, tasks_.back().question);
      return;
    }
    case StepType::kParallel:
      for (size_t i = 0; i < from.branches.size(); ++i) {
        Arrival branch;
        branch.needs = arrival.needs;
        branch.own = arrival.own;
        Go(std::move(branch), from.branches[i].to, branch_regions_[index][i]);
      }
      return;
    case StepType::kIf:
    case StepType::kSwitch:
      Decide(index, arrival);
      return;
    case StepType::kWhile:
      Loop(index, arrival);
      return;
    case StepType::kEnd:
      return;
  }
}

// All branches of a step have come to their end.
void Planner::ProcessJoin(size_t index) {
  Arrival joined;
  joined.needs = joins_[index].needs;
  joined.guards = joins_[index].guards;
  joined.ways = ways_of_[index];
  if (!step(index).asks_outcome()) {
    Sequential(index, joined, "");
    return;
  }
  arrivals_[index].push_back(std::move(joined));
  const size_t outcome = AddTask(Task::Kind::kOutcome, index, Merge(index));
  Ask(tasks_[outcome], tasks_[outcome].id, {"yes", "no"});
  Sequential(index, Behind(outcome, ways_of_[index]), tasks_[outcome].question);
}

std::vector<Task> Planner::Plan() {
  AssignRegions();
  if (!findings_.none()) return {};
  const size_t count = workflow_.steps.size();
  for (const size_t node : Order()) {
    if (node < count) {
      Process(node);
    } else {
      ProcessJoin(node - count);
    }
  }
  return std::move(tasks_);
}

}  // namespace

std::vector<Task> PlanTasks(const Workflow& workflow, Findings& findings) {
  return Planner(workflow, findings).Plan();
}

std::string Slug(std::string_view text) {
  constexpr size_t kBytesMax = 40;
  std::string slug;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || upper) {
      slug += upper ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
    if (slug.size() == kBytesMax) break;
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

}  // namespace tocsin::library::cacao
