#include "tests/unit/app/app_fixture.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/app/secrets.h"
#include "server/base/check.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "server/base/time_text.h"
#include "server/domain/significance.h"

namespace tocsin::app {
namespace {

OrgNumber RequireOrg(store::Database& database, std::string_view name, absl::Time now) {
  for (const store::OrgInfo& org : database.Orgs()) {
    if (org.name == name) return org.number;
  }
  const auto created =
      database.CreateOrg(name, absl::StrCat("tocsin.example/", std::string(name)), now);
  TOCSIN_CHECK(created.ok());
  return created->number;
}

std::string TimerText(const IncidentId& incident, const domain::Timer& timer) {
  return absl::StrCat(FormatInstant(timer.fire_time), " ", incident.ToString(), " ", timer.Name());
}

std::string DirectoryText(const domain::Directory& directory) {
  std::string text = absl::StrCat("last ", directory.last_sequence, "\n");
  for (const auto& [id, person] : directory.principals) {
    absl::StrAppend(&text, "person ", id.ToString(), " ", person.handle, " ", person.display_name);
    for (OrgRole role : person.roles) absl::StrAppend(&text, " ", static_cast<int>(role));
    absl::StrAppend(&text, "\n");
  }
  for (const auto& [handle, id] : directory.handles) {
    absl::StrAppend(&text, "handle ", handle, " ", id.ToString(), "\n");
  }
  for (const auto& [hash, code] : directory.codes) {
    absl::StrAppend(&text, "code ", hash.Hex(), " ", code.principal.ToString(), " ",
                    FormatInstant(code.expire_time), " ", code.used, "\n");
  }
  for (const auto& [id, token] : directory.tokens) {
    absl::StrAppend(&text, "token ", id.ToString(), " ", token.principal.ToString(), " ",
                    token.secret_hash.Hex(), " ", FormatInstant(token.expire_time), " ",
                    token.device, " ", token.revoked, "\n");
  }
  return text;
}

std::string RowText(const store::IncidentRow& row) {
  std::string text =
      absl::StrCat(row.number, " ", row.last_sequence, " ", row.last_leaf.Hex(), " ",
                   FormatInstant(row.declare_time), " ", FormatInstant(row.last_record_time), " ",
                   row.restricted, row.open, " ", row.next_due ? FormatInstant(*row.next_due) : "-",
                   " ", row.has_root_cause);
  for (const PrincipalId& member : row.members) absl::StrAppend(&text, " ", member.ToString());
  return text;
}

store::IncidentRow RowOf(const FoldedIncident& folded) {
  const domain::Incident& incident = folded.incident;
  store::IncidentRow row;
  row.id = incident.id;
  row.number = incident.number;
  row.last_sequence = incident.last_sequence;
  row.last_leaf = folded.last_leaf;
  row.declare_time = incident.declare_time;
  row.last_record_time = incident.last_record_time;
  row.restricted = incident.restricted;
  row.open = !incident.closed();
  row.members.assign(incident.members.begin(), incident.members.end());
  if (const domain::Obligation* due = domain::NextDue(incident)) row.next_due = due->duty.due;
  row.has_root_cause = domain::AsRelated(incident) != nullptr;
  return row;
}

// What one incident is in the catalogue, in its row and in the fold.
std::string IncidentInconsistency(const TestServer& server, OrgNumber org,
                                  const store::IncidentRow& row) {
  const absl::StatusOr<FoldedIncident> folded = FoldIncident(*server.database, org, row.id);
  if (!folded.ok()) return absl::StrCat(row.number, ": ", folded.status().ToString());
  const auto served = server.catalog->Get(org, row.id);
  if (!served.ok()) return absl::StrCat(row.number, ": ", served.status().ToString());
  const std::string fold_text = domain::Dump(folded->incident);
  const std::string served_text = domain::Dump(*served);
  if (fold_text != served_text) {
    return absl::StrCat(row.number, " in the catalogue:\n",
                        domain::Difference(fold_text, served_text));
  }
  if (RowText(RowOf(*folded)) != RowText(row)) {
    return absl::StrCat("row ", RowText(row), "\n but ", RowText(RowOf(*folded)));
  }
  if (server.catalog->FindIncident(org, row.number) != row.id) {
    return absl::StrCat(row.number, " is not found by its number");
  }
  for (uint8_t person = 0; person < 12; ++person) {
    Caller caller{.org = org, .principal = domain::Person(person)};
    if (server.catalog->Access(caller, row.id).caller_is_member !=
        domain::IsMember(folded->incident, caller.principal)) {
      return absl::StrCat(row.number, ": membership of person ", person);
    }
  }
  return "";
}

}  // namespace

std::string Answer::reason() const {
  return ReasonOf(outcome.status());
}

void Answer::Give(absl::StatusOr<Outcome> given) {
  runtime::MutexLock lock(mutex_);
  ++calls;
  outcome = std::move(given);
  given_.NotifyAll();
}

void Answer::Wait() {
  runtime::MutexLock lock(mutex_);
  while (calls == 0) given_.Wait(mutex_);
}

TestServer::TestServer(rocksdb::Env* env, CommandProcessor::Limits limits)
    : clock(domain::At("2026-06-10T08:00:00Z")),
      own_env_(env == nullptr ? rocksdb::NewMemEnv(rocksdb::Env::Default()) : nullptr),
      env_(env == nullptr ? own_env_.get() : env),
      limits_(limits) {
  Open();
}

TestServer::TestServer(std::string directory)
    : clock(domain::At("2026-06-10T08:00:00Z")),
      env_(nullptr),
      directory_(std::move(directory)),
      with_threads_(true) {
  Open();
}

TestServer::~TestServer() {
  Close();
}

void TestServer::Open() {
  auto opened = store::Database::Open({.directory = directory_, .env = env_});
  if (!opened.ok()) std::fprintf(stderr, "%s\n", opened.status().ToString().c_str());
  TOCSIN_CHECK(opened.ok());
  database = *std::move(opened);
  acme = RequireOrg(*database, "acme", clock.Now());
  globex = RequireOrg(*database, "globex", clock.Now());
  auto loaded = Catalog::Load(*database);
  TOCSIN_CHECK(loaded.ok());
  catalog = *std::move(loaded);
  timers = std::make_unique<TimerService>(clock);
  processor = std::make_unique<CommandProcessor>(
      *database, *catalog, clock, std::vector<CommitObserver*>{timers.get(), &keeper}, limits_);
  processor->UseForms(&domain::Forms());
  processor->UseEscalation(chains);
  if (with_threads_) {
    processor->Start();
    TOCSIN_CHECK(timers->Start(*database, *processor).ok());
  } else {
    TOCSIN_CHECK(timers->Load(*database).ok());
  }
}

void TestServer::Close() {
  if (timers != nullptr) timers->Stop();
  processor.reset();
  timers.reset();
  catalog.reset();
  database.reset();
}

std::shared_ptr<Answer> TestServer::Submit(Request request) {
  auto answer = std::make_shared<Answer>();
  processor->Submit(std::move(request), [answer](absl::StatusOr<Outcome> outcome) {
    answer->Give(std::move(outcome));
  });
  return answer;
}

void TestServer::Run() {
  while (processor->RunOnce() > 0) continue;
  processor->RunCompletions();
}

absl::StatusOr<Outcome> TestServer::Do(Request request) {
  const auto answer = Submit(std::move(request));
  if (with_threads_) {
    answer->Wait();
  } else {
    Run();
  }
  TOCSIN_CHECK(answer->calls == 1);
  return answer->outcome;
}

Outcome TestServer::MustDo(Request request) {
  absl::StatusOr<Outcome> outcome = Do(std::move(request));
  if (!outcome.ok()) std::fprintf(stderr, "%s\n", outcome.status().ToString().c_str());
  TOCSIN_CHECK(outcome.ok());
  return *std::move(outcome);
}

std::string TestServer::ReasonFor(Request request) {
  return ReasonOf(Do(std::move(request)).status());
}

size_t TestServer::RunTimers() {
  size_t fired = 0;
  while (const size_t now = timers->RunDue(clock.Now(), *processor)) {
    fired += now;
    Run();
  }
  return fired;
}

void TestServer::Settle() {
  std::optional<absl::Time> next;
  do {
    // Its refusal is given out after the observers have seen every commit before it.
    TOCSIN_CHECK(ReasonFor(Log(NewId<IncidentId>(), "nowhere")) == "UNKNOWN_INCIDENT");
    next = timers->NextDue();
  } while (next && *next <= clock.Now());
}

Request TestServer::Make(const IncidentId& incident, domain::Command command, OrgNumber org) {
  Request request;
  request.org = org;
  request.incident = incident;
  std::string id(8, '\x5a');
  AppendU64(id, next_request_++);
  request.request = RequestId::FromBytes(id);
  request.fingerprint = Sha256({id});
  request.author = domain::Person(1);
  request.auth_context = "test";
  request.command = std::move(command);
  return request;
}

Request TestServer::Make(domain::DirectoryCommand command, OrgNumber org) {
  Request request = Make(IncidentId{}, domain::OpenReview{}, org);
  request.command = std::move(command);
  return request;
}

Request TestServer::Log(const IncidentId& incident, std::string_view text) {
  domain::RecordEntry entry;
  entry.text = text;
  return Make(incident, entry);
}

IncidentId TestServer::Declare(const domain::DeclareIncident& command) {
  return MustDo(Make(IncidentId{}, command)).incident;
}

IncidentId TestServer::DeclareSignificant() {
  const IncidentId incident = Declare();
  MustDo(Make(incident, domain::RecordAnchor{"aware", clock.Now(), "the call came in"}));
  MustDo(Make(incident, domain::DecideSignificance{"nis2", true, "services are down"}));
  return incident;
}

std::string TestServer::Enrol(std::string_view handle, std::vector<OrgRole> roles,
                              absl::Duration lifetime, OrgNumber org) {
  const std::string code = MakeEnrolmentCode();
  domain::CreatePrincipal person;
  person.id = NewId<PrincipalId>();
  person.handle = handle;
  person.roles = std::move(roles);
  person.code_hash = HashCode(code);
  person.code_expire_time = clock.Now() + absl::Hours(1);
  MustDo(Make(person, org));
  const NewToken token = MakeToken();
  MustDo(Make(domain::RedeemCode{HashCode(code), token.id, token.secret_hash,
                                 clock.Now() + lifetime, "laptop"},
              org));
  return token.text;
}

std::vector<store::StoredEntry> TestServer::Entries(const IncidentId& incident,
                                                    OrgNumber org) const {
  auto entries = database->ReadEntries(org, incident, 0, 1'000'000);
  TOCSIN_CHECK(entries.ok());
  return *std::move(entries);
}

std::vector<std::string> TestServer::StoredTimers() const {
  const auto stored = database->ReadTimers();
  TOCSIN_CHECK(stored.ok());
  std::vector<std::string> names;
  for (const store::StoredTimer& timer : *stored) {
    names.push_back(TimerText(timer.incident, timer.timer));
  }
  return names;
}

std::string TestServer::Inconsistency() const {
  for (OrgNumber org : {acme, globex}) {
    const auto rows = database->ReadIncidentRows(org);
    TOCSIN_CHECK(rows.ok());
    for (const store::IncidentRow& row : *rows) {
      if (std::string wrong = IncidentInconsistency(*this, org, row); !wrong.empty()) {
        return wrong;
      }
    }
    domain::Directory people;
    for (const store::StoredEntry& entry : Entries(IncidentId{}, org)) {
      domain::Apply(people,
                    {entry.record.incident_sequence, entry.record.actor, entry.record.record_time},
                    entry.pending.event);
    }
    if (DirectoryText(people) != DirectoryText(catalog->DirectoryOf(org))) {
      return "people:\n" +
             domain::Difference(DirectoryText(people), DirectoryText(catalog->DirectoryOf(org)));
    }
  }
  return TimerInconsistency();
}

std::string TestServer::TimerInconsistency() const {
  std::set<std::string> due;
  for (OrgNumber org : {acme, globex}) {
    const auto rows = database->ReadIncidentRows(org);
    TOCSIN_CHECK(rows.ok());
    for (const store::IncidentRow& row : *rows) {
      const absl::StatusOr<FoldedIncident> folded = FoldIncident(*database, org, row.id);
      if (!folded.ok()) return absl::StrCat(row.number, ": ", folded.status().ToString());
      for (const domain::Timer& timer : domain::TimersFor(folded->incident)) {
        due.insert(TimerText(row.id, timer));
      }
    }
  }
  const std::vector<std::string> names = StoredTimers();
  const std::set<std::string> stored(names.begin(), names.end());
  for (const std::string& timer : due) {
    if (!stored.contains(timer)) return "timer not stored: " + timer;
  }
  for (const std::string& timer : stored) {
    if (!due.contains(timer)) return "timer stored for nothing: " + timer;
  }
  return timers->armed() == stored.size() ? "" : "armed timers are not the stored ones";
}

Caller CallerWith(const TestServer& server, PrincipalId principal, std::vector<OrgRole> roles) {
  return {.org = server.acme, .principal = principal, .roles = std::move(roles)};
}

std::string AnswerDifference(const Outcome& first, const Outcome& again) {
  const auto text = [](const Outcome& outcome) {
    return absl::StrCat(outcome.incident.ToString(), " #", outcome.first_sequence, " to #",
                        outcome.last_sequence, " at ", FormatInstant(outcome.record_time),
                        ", leaf ", outcome.receipt.log_index, " ", outcome.receipt.leaf_hash.Hex());
  };
  if (!again.repeated) return "not answered as repeated: " + text(again);
  return text(first) == text(again) ? "" : absl::StrCat(text(first), "\n but ", text(again));
}

std::vector<std::string> FiredIn(const std::vector<store::StoredEntry>& entries) {
  std::vector<std::string> fired;
  for (const store::StoredEntry& entry : entries) {
    const auto line = [&](const std::string& obligation, int percent, absl::Time fire_time) {
      const auto minute = [](absl::Time time) {
        return absl::FormatTime("%d %H:%M", time, absl::UTCTimeZone());
      };
      fired.push_back(absl::StrCat(obligation, "/", percent, " ", minute(fire_time), " recorded ",
                                   minute(entry.record.record_time)));
      if (!entry.record.actor.empty()) fired.back() += ", not by the server";
      if (entry.pending.occur_time != fire_time) fired.back() += ", at another time";
    };
    if (const auto* e = std::get_if<domain::ObligationReminded>(&entry.pending.event)) {
      line(e->obligation, e->percent, e->fire_time);
    } else if (const auto* m = std::get_if<domain::ObligationMissed>(&entry.pending.event)) {
      line(m->obligation, domain::kDuePercent, m->due);
    }
  }
  return fired;
}

std::vector<std::string> TextsOf(const std::vector<store::StoredEntry>& entries) {
  std::vector<std::string> texts;
  for (const store::StoredEntry& entry : entries) {
    if (const auto* said = std::get_if<domain::EntryRecorded>(&entry.pending.event)) {
      texts.push_back(said->text);
    }
  }
  return texts;
}

}  // namespace tocsin::app
