// Incidents from declaration to closing in two organisations, on a real directory, with the threads
// of a server, which ends and starts again in the middle of the work. What was acknowledged is
// there after every start, what came due meanwhile is recorded once with its own time, and whoever
// asks again gets the first answer with a proof.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/domain/run_facts.h"
#include "server/ledger/tree.h"
#include "server/playbook/run_view.h"
#include "server/runtime/thread.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_directory.h"
#include "tests/unit/app/app_fixture.h"

namespace tocsin::app {
namespace {

using domain::At;
using domain::Person;

/// What the people of one organisation do between two starts of the server.
using Shift = std::vector<domain::Command>;

/// What was sent and answered.
struct Sent {
  Request request;
  Outcome outcome;
};

/// The people of one organisation with their incident, and all they remember of the server.
class Team {
 public:
  Team(TestServer& server, OrgNumber org, const std::string& entity_kind)
      : server_(server), org_(org) {
    domain::DeclareIncident declaration = domain::ADeclaration();
    declaration.entity_kind = entity_kind;
    declaration.playbook = domain::Ransomware();
    declaration.detect_time = server.clock.Now();
    Request request = server.Make(IncidentId{}, declaration, org);
    sent_.push_back({request, server.MustDo(request)});
    token_ = server.Enrol("ada", {OrgRole::kCiso}, absl::Hours(24 * 365), org);
  }

  OrgNumber org() const { return org_; }
  const IncidentId& incident() const { return sent_.front().outcome.incident; }
  std::vector<store::StoredEntry> Entries() const { return server_.Entries(incident(), org_); }
  domain::Incident State() const { return *server_.catalog->Get(org_, incident()); }

  /// Names every request, so that Work can run beside another team's.
  void Plan(const Shift& shift) {
    planned_.clear();
    for (const domain::Command& command : shift) {
      planned_.push_back(server_.Make(incident(), command, org_));
    }
    std::vector<Request> notes;
    for (int note = 0; note < kNotes; ++note) {
      domain::RecordEntry entry;
      entry.text = absl::StrCat("note ", ++notes_);
      notes.push_back(server_.Make(incident(), entry, org_));
    }
    planned_notes_ = std::move(notes);
  }
  /// One request after the other; then many notes, whose answers nobody waits for.
  void Work() {
    for (const Request& request : planned_) sent_.push_back({request, server_.MustDo(request)});
    for (const Request& note : planned_notes_) under_way_.push_back(server_.Submit(note));
  }
  /// After the server has ended: every note that was queued got its answer.
  void TakeAnswers() {
    for (size_t i = 0; i < under_way_.size(); ++i) {
      REQUIRE(under_way_[i]->calls == 1);
      REQUIRE(under_way_[i]->outcome.ok());
      sent_.push_back({planned_notes_[i], *under_way_[i]->outcome});
    }
    under_way_.clear();
  }

  /// Compares the server that has just started with what the team knows.
  void CheckMemory() {
    INFO("organisation " << static_cast<uint32_t>(org_));
    CheckLog();
    CHECK(server_.catalog->Authenticate(token_, server_.clock.Now()).ok());
    const uint64_t size = server_.database->log_size(org_);
    for (const Sent& sent : sent_) {
      const Outcome again = server_.MustDo(sent.request);
      CHECK(AnswerDifference(sent.outcome, again) == "");
      CHECK(ledger::Verify(again.receipt, Verifier()).ok());
      CHECK(again.receipt.tree_size == size);
    }
    CHECK(server_.database->log_size(org_) == size);
  }

 private:
  static constexpr int kNotes = 25;

  ledger::Verifier Verifier() const {
    return *ledger::Verifier::Parse(server_.database->VerifierKey(org_));
  }

  /// The log goes on where the last receipt left it.
  void CheckLog() {
    CHECK(server_.database->Scrub(org_).ok());
    const auto before = ledger::Verify(sent_.back().outcome.receipt, Verifier());
    REQUIRE(before.ok());
    const auto note = server_.database->Checkpoint(org_);
    REQUIRE(note.ok());
    const auto now = ledger::ParseAndVerify(*note, Verifier());
    REQUIRE(now.ok());
    const auto proof = server_.database->ConsistencyProof(org_, before->size, now->size);
    REQUIRE(proof.ok());
    CHECK(ledger::VerifyConsistency(before->size, before->root, now->size, now->root, *proof));
  }

  TestServer& server_;
  const OrgNumber org_;
  std::string token_;
  std::vector<Sent> sent_;
  std::vector<Request> planned_;
  std::vector<Request> planned_notes_;
  std::vector<std::shared_ptr<Answer>> under_way_;
  int notes_ = 0;
};

/// Both teams at once; then the server ends with their notes in its queue, is away for `downtime`
/// and starts again.
void WorkAndRestart(TestServer& server, std::vector<Team*> teams, absl::Duration downtime) {
  {
    std::vector<std::unique_ptr<runtime::Thread>> threads;
    for (Team* team : teams) {
      threads.push_back(std::make_unique<runtime::Thread>("team", [team] { team->Work(); }));
    }
  }
  server.Close();
  for (Team* team : teams) team->TakeAnswers();
  server.clock.Advance(downtime);
  server.Open();
  server.Settle();
  CHECK(server.database->state() == store::State::kReadWrite);
  CHECK(server.Inconsistency() == "");
  for (Team* team : teams) team->CheckMemory();
  CHECK(server.Inconsistency() == "");
}

void Append(Shift& shift, const std::vector<domain::Command>& work, size_t from, size_t to) {
  shift.insert(shift.end(), work.begin() + static_cast<ptrdiff_t>(from),
               work.begin() + static_cast<ptrdiff_t>(to));
}

Shift FirstHour(absl::Time now) {
  domain::RecordEntry seen;
  seen.text = "ransom note on FS01";
  seen.occur_time = now - absl::Minutes(20);
  return {seen,
          domain::AssignRole{IncidentRole::kScribe, Person(2)},
          domain::AddMember{Person(3)},
          domain::ChangeSeverity{Severity::kSev2, "one file server only"},
          domain::RecordAnchor{"aware", now, "the note was read"},
          domain::AssessImpact{{{"malicious", "yes"}, {"cross_border", "no"}}, "first look"},
          domain::DecideSignificance{"nis2", true, "services are down"},
          domain::ChangePhase{Phase::kInvestigation, "who, since when"},
          domain::AssignStep{"", "first-look", Person(2)}};
}

Shift EarlyWarning() {
  return {domain::DraftNotification{"early_warning",
                                    {{"entity", "Acme"}, {"contacts", "soc@acme.example"}}},
          domain::ApproveNotification{"early_warning"},
          domain::RecordSubmission{"early_warning", {}, "portal", "EW-1", ""}};
}

/// Every step of the playbook that comes up after `before`, in an order in which it can be done,
/// with what it asks; one is skipped, and of what is repeated one round is done.
std::vector<domain::Command> PlaybookWork(const Shift& before) {
  domain::Case plan = domain::ADeclaredCase();
  plan.Do(domain::StartRun{domain::Ransomware()});
  for (const domain::Command& command : before) plan.Do(command);
  std::vector<domain::Command> work;
  const auto next = [&](const domain::Command& command) {
    plan.Do(command);
    work.push_back(command);
  };
  const playbook::Run& run = plan.incident().runs.front();
  std::set<size_t> worked_on;
  for (bool moved = true; moved;) {
    moved = false;
    for (const size_t at : playbook::NextSteps(run, domain::AnchorsOf(plan.incident()))) {
      if (!worked_on.insert(at).second) continue;
      moved = true;
      const std::string step = run.definition->steps[at].id;
      domain::Attributes answers;
      for (const std::string& id :
           playbook::OpenQuestions(run, at, domain::FactsOf(plan.incident()))) {
        const playbook::Question& question = *run.graph->FindQuestion(id)->question;
        answers[id] = question.type == playbook::QuestionType::kYesNo    ? "no"
                      : question.type == playbook::QuestionType::kChoice ? question.choices.front()
                                                                         : "12";
      }
      if (!answers.empty()) next(domain::AnswerStep{"", step, answers, /*may_state=*/true});
      if (step == "check-decryptors") {
        next(domain::SkipStep{"", step, "not in this exercise"});
      } else {
        next(domain::CompleteStep{
            "", step, absl::StrCat("https://wiki.example/evidence ", std::string(64, 'a'))});
      }
    }
  }
  return work;
}

Shift Notification(const std::string& late_reason) {
  return {domain::RecordAcknowledgement{"early_warning", {}, "CSIRT-7"},
          domain::RecordSubmission{"notification", {}, "portal", "N-1", late_reason},
          domain::ChangePhase{Phase::kContainment, "the segment is cut off"}};
}

Shift Handled(absl::Time now) {
  return {domain::ChangePhase{Phase::kEradication, "accounts are reset"},
          domain::ChangePhase{Phase::kRecovery, "restored from the offline copy"},
          domain::RecordAnchor{"handled", now - absl::Hours(24), "the last system is clean"}};
}

Shift FinalReportAndReview(absl::Time now) {
  return {domain::RecordSubmission{"final", {}, "portal", "F-1", ""}, domain::OpenReview{},
          domain::AddFinding{FindingKind::kLesson, "backups were offline", {}},
          domain::AddActionItem{"two factors for remote access", Person(2), now + absl::Hours(72),
                                ActionType::kPrevent}};
}

Shift Ending() {
  return {domain::CompleteActionItem{"action-1", "rolled out"},
          domain::PublishReview{"what happened, and what changes", "one person writes here"},
          domain::ExportIncident{"full", {}}};
}

/// Sends note after note, a few ahead of the answers, until the server says that it is ending.
class Sender {
 public:
  Sender(TestServer& server, const IncidentId& incident, OrgNumber org, const std::string& name)
      : server_(server), incident_(incident), org_(org) {
    for (int note = 0; note < kNotesMax; ++note) {
      domain::RecordEntry entry;
      entry.text = absl::StrCat(name, " ", note);
      requests_.push_back(server.Make(incident, entry, org));
      texts_.push_back(entry.text);
    }
  }

  void SendUntilTheEnd() {
    for (const Request& request : requests_) {
      answers_.push_back(server_.Submit(request));
      if (answers_.size() % kAhead != 0) continue;
      answers_.back()->Wait();
      if (!answers_.back()->outcome.ok()) return;
    }
  }
  /// After the restart: what was recorded stands in the record once, and nothing else of it.
  void CheckRecord() const {
    std::multiset<std::string> recorded;
    for (size_t i = 0; i < answers_.size(); ++i) {
      REQUIRE(answers_[i]->calls == 1);
      if (answers_[i]->outcome.ok()) recorded.insert(texts_[i]);
    }
    CHECK(recorded.size() >= kAhead);
    CHECK(recorded.size() < answers_.size());
    CHECK(MyTexts() == recorded);
  }
  /// What was recorded is repeated, the rest is recorded now.
  void SendAgain() const {
    for (size_t i = 0; i < answers_.size(); ++i) {
      const Outcome again = server_.MustDo(requests_[i]);
      if (answers_[i]->outcome.ok()) {
        CHECK(AnswerDifference(*answers_[i]->outcome, again) == "");
      } else {
        CHECK(answers_[i]->reason() == "SHUTTING_DOWN");
        CHECK_FALSE(again.repeated);
      }
    }
    CHECK(MyTexts() ==
          std::multiset<std::string>(texts_.begin(),
                                     texts_.begin() + static_cast<ptrdiff_t>(answers_.size())));
  }

 private:
  static constexpr int kNotesMax = 20'000;
  static constexpr size_t kAhead = 25;

  std::multiset<std::string> MyTexts() const {
    const std::set<std::string> mine(texts_.begin(), texts_.end());
    std::multiset<std::string> found;
    for (const std::string& text : TextsOf(server_.Entries(incident_, org_))) {
      if (mine.contains(text)) found.insert(text);
    }
    return found;
  }

  TestServer& server_;
  const IncidentId incident_;
  const OrgNumber org_;
  std::vector<Request> requests_;
  std::vector<std::string> texts_;
  std::vector<std::shared_ptr<Answer>> answers_;
};

}  // namespace

TEST_CASE(
    "Restart: an incident from declaration to closing survives seven of them, in two "
    "organisations at once") {
  const ScratchDirectory directory;
  TestServer server(directory.Path("store"));
  Team acme(server, server.acme, "essential");
  Team globex(server, server.globex, "trust_service_provider");
  const std::vector<Team*> teams = {&acme, &globex};
  const auto both = [&](const Shift& shift, absl::Duration downtime) {
    for (Team* team : teams) team->Plan(shift);
    WorkAndRestart(server, teams, downtime);
  };
  const Shift first_hour = FirstHour(server.clock.Now());
  const std::vector<domain::Command> steps = PlaybookWork(first_hour);
  const size_t half = steps.size() / 2;

  both(first_hour, absl::Hours(13));
  Shift shift = EarlyWarning();
  Append(shift, steps, 0, half);
  both(shift, absl::Hours(24));

  // The one that has 24 hours only was late: its term ended while the server was down.
  shift = Notification("");
  Append(shift, steps, half, steps.size());
  acme.Plan(shift);
  shift.front() = domain::RecordAcknowledgement{"early_warning", {}, "CSIRT-8"};
  shift[1] = domain::RecordSubmission{"notification", {}, "portal", "N-2", "the server was down"};
  globex.Plan(shift);
  WorkAndRestart(server, teams, absl::Hours(24 * 20));

  both(Handled(server.clock.Now()), absl::Hours(24 * 4));
  both(FinalReportAndReview(server.clock.Now()), absl::Seconds(1));
  both(Ending(), absl::Seconds(1));
  for (Team* team : teams) {
    server.MustDo(server.Make(team->incident(), domain::CloseIncident{"done"}, team->org()));
  }
  server.Close();
  server.clock.Advance(absl::Hours(24 * 40));
  server.Open();
  server.Settle();
  CHECK(server.Inconsistency() == "");
  for (Team* team : teams) {
    team->CheckMemory();
    const domain::Incident state = team->State();
    CHECK(state.closed());
    CHECK(state.review.state == domain::ReviewState::kPublished);
    CHECK(state.review.action_items.at(0).done);
    CHECK(playbook::IsFinished(state.runs.at(0)));
    CHECK(TextsOf(team->Entries()).size() == 1 + 6 * 25);
  }
  CHECK(FiredIn(acme.Entries()) == std::vector<std::string>{
                                       "nis2.early_warning/50 10 20:00 recorded 10 21:00",
                                       "nis2.notification/50 11 20:00 recorded 11 21:00",
                                       "nis2.final/50 26 21:00 recorded 01 21:00",
                                       "nis2.final/75 04 09:00 recorded 05 21:00",
                                   });
  CHECK(FiredIn(globex.Entries()) == std::vector<std::string>{
                                         "nis2.early_warning/50 10 20:00 recorded 10 21:00",
                                         "nis2.notification/50 10 20:00 recorded 10 21:00",
                                         "nis2.notification/75 11 02:00 recorded 11 21:00",
                                         "nis2.notification/90 11 05:36 recorded 11 21:00",
                                         "nis2.notification/100 11 08:00 recorded 11 21:00",
                                         "nis2.final/50 26 21:00 recorded 01 21:00",
                                         "nis2.final/75 04 09:00 recorded 05 21:00",
                                     });
}

TEST_CASE("Restart: a server that ends while people send loses no answer and doubles none") {
  const ScratchDirectory directory;
  TestServer server(directory.Path("store"));
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Sender>> senders;
    for (OrgNumber org : {server.acme, server.globex}) {
      const Request declare = server.Make(IncidentId{}, domain::ADeclaration(), org);
      const IncidentId incident = server.MustDo(declare).incident;
      for (const char* name : {"ada", "bob"}) {
        senders.push_back(std::make_unique<Sender>(server, incident, org, name));
      }
    }
    const uint64_t enough = server.database->log_size(server.globex) + 300;
    {
      std::vector<std::unique_ptr<runtime::Thread>> threads;
      for (const auto& sender : senders) {
        threads.push_back(
            std::make_unique<runtime::Thread>("sender", [&sender] { sender->SendUntilTheEnd(); }));
      }
      while (server.database->log_size(server.globex) < enough) std::this_thread::yield();
      server.processor->Stop();
    }
    server.Restart();
    CHECK(server.Inconsistency() == "");
    for (OrgNumber org : {server.acme, server.globex}) CHECK(server.database->Scrub(org).ok());
    for (const auto& sender : senders) sender->CheckRecord();
    for (const auto& sender : senders) sender->SendAgain();
  }
}

}  // namespace tocsin::app
