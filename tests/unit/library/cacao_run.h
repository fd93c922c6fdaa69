// A run of a playbook worked on without a server: what follows by itself follows, as it would
// there.
#pragma once

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "server/playbook/run.h"
#include "server/playbook/run_view.h"

namespace tocsin::library {

class Worked {
 public:
  explicit Worked(playbook::Definition definition)
      : run_(playbook::StartRun({1},
                                std::make_shared<const playbook::Definition>(std::move(definition)),
                                absl::FromUnixSeconds(0))) {
    Settle();
  }

  Worked& Answer(const std::string& question, const std::string& value) {
    playbook::ApplyAnswer(run_, question, value);
    Settle();
    return *this;
  }
  absl::Status TryDone(const std::string& step) {
    const absl::Status status = playbook::CheckComplete(run_, step, {}, "a note", facts_);
    if (!status.ok()) return status;
    playbook::ApplyDone(run_, step, {{}, absl::FromUnixSeconds(60)}, "a note");
    Settle();
    return status;
  }
  Worked& Skip(const std::string& step) {
    playbook::ApplySkipped(run_, step, {{}, absl::FromUnixSeconds(60)}, "because");
    Settle();
    return *this;
  }
  playbook::StepState State(const std::string& step) const {
    return run_.steps[*run_.graph->Find(step)].state;
  }
  /// In the order of their ids.
  std::vector<std::string> Active() const {
    std::vector<std::string> active;
    for (size_t i = 0; i < run_.steps.size(); ++i) {
      if (playbook::IsActive(run_.steps[i].state)) {
        active.push_back(run_.definition->steps[i].id);
      }
    }
    std::sort(active.begin(), active.end());
    return active;
  }
  bool Finished() const { return playbook::IsFinished(run_); }
  const playbook::Run& run() const { return run_; }

 private:
  void Settle() {
    for (bool moved = true; moved;) {
      moved = false;
      for (size_t i = 0; i < run_.steps.size(); ++i) moved = Follow(i) || moved;
    }
  }

  bool Follow(size_t step) {
    using Kind = playbook::Consequence::Kind;
    const auto next = playbook::ConsequenceFor(run_, step, facts_);
    if (!next) return false;
    const std::string& id = run_.definition->steps[step].id;
    const absl::Time now = absl::FromUnixSeconds(60);
    switch (next->kind) {
      case Kind::kBranchTaken:
      case Kind::kBranchNotTaken:
        playbook::ApplyBranch(run_, id, next->kind == Kind::kBranchTaken, next->because, now);
        return true;
      case Kind::kNextRound:
        playbook::ApplyRepeated(run_, id, now + absl::Hours(1), {{}, now});
        return true;
      case Kind::kLastRound:
        playbook::ApplyRepeated(run_, id, std::nullopt, {{}, now});
        return true;
      case Kind::kSubRunDue:
        // The playbook below is done at once.
        playbook::ApplySubRun(run_, id, {2});
        playbook::ApplyDone(run_, id, {{}, now}, "run-2 is finished");
        return true;
    }
    return false;
  }

  playbook::Facts facts_;
  playbook::Run run_;
};

/// Does the active steps in a random order with random answers, and skips one now and then, having
/// answered what it asks.
class RandomWorker {
 public:
  RandomWorker(playbook::Definition definition, uint64_t seed)
      : worked_(std::move(definition)), random_(seed) {}

  /// Empty, or what hangs.
  std::string WorkToTheEnd() {
    constexpr int kActsMax = 5000;
    for (int act = 0; act < kActsMax; ++act) {
      const std::vector<std::string> active = worked_.Active();
      if (active.empty()) return worked_.Finished() ? "" : "nothing is left to do, yet steps wait";
      const std::string id = active[random_() % active.size()];
      AnswerAll(id);
      const playbook::StepState state = worked_.State(id);
      if (!playbook::IsActive(state)) continue;  // a loop that its answer has ended
      if (random_() % 10 == 0) {
        worked_.Skip(id);
      } else if (const absl::Status status = worked_.TryDone(id); !status.ok()) {
        return id + ": " + std::string(status.message());
      }
    }
    return "it does not come to an end";
  }

 private:
  void AnswerAll(const std::string& id) {
    const playbook::Run& run = worked_.run();
    const size_t step = *run.graph->Find(id);
    for (const playbook::Question& question : run.definition->steps[step].questions) {
      std::string answer = random_() % 2 == 0 ? "yes" : "no";
      if (question.type == playbook::QuestionType::kNumber) answer = "7";
      if (question.type == playbook::QuestionType::kChoice) {
        answer = question.choices[random_() % question.choices.size()];
      }
      worked_.Answer(question.id, answer);
    }
  }

  Worked worked_;
  std::mt19937_64 random_;
};

}  // namespace tocsin::library
