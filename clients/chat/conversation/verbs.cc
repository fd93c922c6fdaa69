#include "clients/chat/conversation/verbs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/core/names.h"
#include "clients/core/time_input.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

using absl::Status;

Status Incomplete(std::string_view what) {
  return InvalidArgument("USAGE", absl::StrCat(ToAbsl(what), " is missing"), "");
}

absl::StatusOr<Moment> TakeMoment(Words& words, const Hearing& hearing) {
  const std::string written(words.Take());
  TOCSIN_ASSIGN_OR_RETURN(const client::When when,
                          client::ParseWhen(written, hearing.now, hearing.zone));
  return Moment{when.time, when.precision, when.resolved, when.resolved ? written : ""};
}

absl::StatusOr<uint64_t> TakeSequence(Words& words) {
  const std::string_view word = words.Take();
  uint64_t sequence = 0;
  if (absl::SimpleAtoi(absl::StripPrefix(ToAbsl(word), "#"), &sequence) && sequence > 0) {
    return sequence;
  }
  return InvalidArgument("BAD_SEQUENCE", absl::StrCat("'", ToAbsl(word), "' is no entry number"),
                         "Write the number of the entry, #14 or 14.");
}

absl::StatusOr<std::string> TakeHandle(Words& words) {
  if (words.empty()) return Incomplete("a handle");
  return client::Handle(words.Take());
}

template <typename Enum>
absl::StatusOr<Enum> TakeWord(Words& words, std::string_view what) {
  if (words.empty()) return Incomplete(what);
  return ParseText<Enum>(Lower(words.Take()));
}

// "sev2" or "2".
absl::StatusOr<Severity> TakeSeverity(Words& words) {
  if (words.empty()) return Incomplete("a severity");
  const std::string word = Lower(words.Take());
  return ParseText<Severity>(word.size() == 1 ? absl::StrCat("sev", word) : word);
}

// The reason, with or without the word before it.
absl::StatusOr<std::string> TakeBecause(Words& words) {
  words.TakeIf("because");
  if (words.empty()) return Incomplete("the reason");
  return words.TakeRest();
}

absl::StatusOr<std::string> TakeText(Words& words) {
  if (words.empty()) return Incomplete("the text");
  return words.TakeRest();
}

// "tlp:amber".
absl::StatusOr<bool> TakeTlp(Words& words, std::optional<Tlp>& tlp) {
  constexpr std::string_view kPrefix = "tlp:";
  if (!absl::StartsWithIgnoreCase(ToAbsl(words.Peek()), ToAbsl(kPrefix))) return false;
  TOCSIN_ASSIGN_OR_RETURN(tlp, ParseText<Tlp>(Lower(words.Take().substr(kPrefix.size()))));
  return true;
}

// What may stand before the text of a note, in any order.
Status TakeNoteOptions(Words& words, const Hearing& hearing, RecordNote& note) {
  constexpr std::string_view kKind = "kind:";
  while (true) {
    if (words.TakeIf("at")) {
      TOCSIN_ASSIGN_OR_RETURN(note.at, TakeMoment(words, hearing));
      continue;
    }
    if (absl::StartsWithIgnoreCase(ToAbsl(words.Peek()), ToAbsl(kKind))) {
      TOCSIN_ASSIGN_OR_RETURN(note.kind,
                              ParseText<EntryKind>(Lower(words.Take().substr(kKind.size()))));
      continue;
    }
    TOCSIN_ASSIGN_OR_RETURN(const bool taken, TakeTlp(words, note.tlp));
    if (!taken) return absl::OkStatus();
  }
}

Status ParseNote(EntryKind kind, Words& words, const Hearing& hearing, Request& request) {
  RecordNote note;
  note.kind = kind;
  TOCSIN_RETURN_IF_ERROR(TakeNoteOptions(words, hearing, note));
  TOCSIN_ASSIGN_OR_RETURN(note.text, TakeText(words));
  request.command = std::move(note);
  return absl::OkStatus();
}

// A SHA-256 anywhere in the text also becomes an attribute, so that it can be searched for.
Status ParseEvidence(Words& words, const Hearing& hearing, Request& request) {
  TOCSIN_RETURN_IF_ERROR(ParseNote(EntryKind::kEvidence, words, hearing, request));
  auto& note = std::get<RecordNote>(request.command);
  constexpr size_t kHexDigits = 64;
  for (Words each(note.text); !each.empty();) {
    const std::string word = std::string(absl::StripPrefix(ToAbsl(each.Take()), "sha256:"));
    const bool hex = word.size() == kHexDigits && std::all_of(word.begin(), word.end(), [](char c) {
                       return absl::ascii_isxdigit(static_cast<unsigned char>(c));
                     });
    if (hex) note.attributes["sha256"] = Lower(word);
  }
  return absl::OkStatus();
}

Status ParseDeclare(Words& words, const Hearing&, Request& request) {
  DeclareIncident declare;
  bool has_severity = false;
  std::string title;
  while (!words.empty()) {
    const std::string word = Lower(words.Peek());
    TOCSIN_ASSIGN_OR_RETURN(const bool label, TakeTlp(words, declare.tlp));
    if (label) continue;
    if (word.size() == 4 && word.starts_with("sev")) {
      TOCSIN_ASSIGN_OR_RETURN(declare.severity, TakeSeverity(words));
      has_severity = true;
    } else if (word.starts_with("playbook:")) {
      declare.playbook = std::string(words.Take().substr(9));
    } else if (word == "--restricted") {
      declare.restricted = true;
      words.Take();
    } else if (word == "--drill") {
      declare.drill = true;
      words.Take();
    } else {
      absl::StrAppend(&title, title.empty() ? "" : " ", ToAbsl(words.Take()));
    }
  }
  if (title.empty()) return Incomplete("the title");
  if (!has_severity) return Incomplete("the severity, sev1 to sev4,");
  declare.title = std::move(title);
  request.command = std::move(declare);
  return absl::OkStatus();
}

Status ParseBind(Words& words, const Hearing&, Request& request) {
  if (!words.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string name, client::IncidentResource(words.Take()));
    request.incident = client::ShortName(name);
  }
  if (request.incident.empty()) return Incomplete("the incident");
  request.command = BindRoom{};
  return absl::OkStatus();
}

Status ParseCorrect(Words& words, const Hearing&, Request& request) {
  CorrectNote correct;
  TOCSIN_ASSIGN_OR_RETURN(correct.sequence, TakeSequence(words));
  TOCSIN_ASSIGN_OR_RETURN(correct.text, TakeText(words));
  request.command = std::move(correct);
  return absl::OkStatus();
}

Status ParseRetract(Words& words, const Hearing&, Request& request) {
  RetractNote retract;
  TOCSIN_ASSIGN_OR_RETURN(retract.sequence, TakeSequence(words));
  TOCSIN_ASSIGN_OR_RETURN(retract.because, TakeBecause(words));
  request.command = std::move(retract);
  return absl::OkStatus();
}

Status ParseImpact(Words& words, const Hearing&, Request& request) {
  AssessImpact impact;
  while (!words.empty()) {
    if (words.TakeIf("note")) {
      impact.note = words.TakeRest();
      break;
    }
    const std::string_view word = words.Take();
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == word.size()) {
      return InvalidArgument("BAD_FACT", absl::StrCat("'", ToAbsl(word), "' is no fact"),
                             "Write KEY=VALUE, users_affected=1200; see docs/impact.md.");
    }
    impact.facts[Lower(word.substr(0, equals))] = std::string(word.substr(equals + 1));
  }
  if (impact.facts.empty()) return Incomplete("a fact, KEY=VALUE,");
  request.command = std::move(impact);
  return absl::OkStatus();
}

Status ParseAware(Words& words, const Hearing& hearing, Request& request) {
  StateAware aware;
  if (words.TakeIf("at")) {
    TOCSIN_ASSIGN_OR_RETURN(aware.at, TakeMoment(words, hearing));
  }
  TOCSIN_ASSIGN_OR_RETURN(aware.because, TakeBecause(words));
  request.command = std::move(aware);
  return absl::OkStatus();
}

Status ParseSignificant(Words& words, const Hearing&, Request& request) {
  DecideSignificant decide;
  if (words.TakeIf("yes")) {
    decide.significant = true;
  } else if (!words.TakeIf("no")) {
    return Incomplete("yes or no");
  }
  constexpr std::string_view kRegime = "regime:";
  if (absl::StartsWithIgnoreCase(ToAbsl(words.Peek()), ToAbsl(kRegime))) {
    decide.regime = Lower(words.Take().substr(kRegime.size()));
  }
  TOCSIN_ASSIGN_OR_RETURN(decide.because, TakeBecause(words));
  request.command = std::move(decide);
  return absl::OkStatus();
}

Status ParseRole(Words& words, const Hearing&, Request& request) {
  AssignRole assign;
  TOCSIN_ASSIGN_OR_RETURN(assign.role, TakeWord<IncidentRole>(words, "a role"));
  TOCSIN_ASSIGN_OR_RETURN(assign.handle, TakeHandle(words));
  request.command = std::move(assign);
  return absl::OkStatus();
}

Status ParseStep(Words& words, const Hearing&, Request& request) {
  if (words.empty() || words.TakeIf("list")) {
    request.command = AskSteps{};
    return absl::OkStatus();
  }
  if (words.TakeIf("mine")) {
    request.command = AskSteps{/*mine=*/true};
    return absl::OkStatus();
  }
  const bool done = words.TakeIf("done");
  if (!done && !words.TakeIf("skip")) return Incomplete("done, skip, mine or list");
  if (words.empty()) return Incomplete("the step");
  const std::string step(words.Take());
  if (done) {
    request.command = CompleteStep{step, words.TakeRest()};
    return absl::OkStatus();
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::string because, TakeBecause(words));
  request.command = SkipStep{step, because};
  return absl::OkStatus();
}

Status ParseSitrep(Words& words, const Hearing&, Request& request) {
  SituationReport report;
  report.send = words.TakeIf("send");
  if (!words.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(report.audience, TakeWord<Audience>(words, "the audience"));
  }
  request.command = report;
  return absl::OkStatus();
}

Status ParseSeverity(Words& words, const Hearing&, Request& request) {
  ChangeSeverity change;
  TOCSIN_ASSIGN_OR_RETURN(change.severity, TakeSeverity(words));
  TOCSIN_ASSIGN_OR_RETURN(change.because, TakeBecause(words));
  request.command = std::move(change);
  return absl::OkStatus();
}

Status ParsePhase(Words& words, const Hearing&, Request& request) {
  ChangePhase change;
  TOCSIN_ASSIGN_OR_RETURN(change.phase, TakeWord<Phase>(words, "the phase"));
  if (change.phase == Phase::kClosed) {
    request.command = NotInChat{"closing an incident", "tocsin close INC --because …"};
    words.TakeRest();
    return absl::OkStatus();
  }
  TOCSIN_ASSIGN_OR_RETURN(change.because, TakeBecause(words));
  request.command = std::move(change);
  return absl::OkStatus();
}

Status ParseNotify(Words& words, const Hearing&, Request& request) {
  for (const char* act : {"approve", "submitted", "acknowledged", "waive"}) {
    if (!words.TakeIf(act)) continue;
    words.TakeRest();
    request.command = NotInChat{"what an authority takes you at your word for",
                                absl::StrCat("tocsin notify ", act, " STAGE …")};
    return absl::OkStatus();
  }
  if (!words.TakeIf("draft")) return Incomplete("draft");
  if (words.empty()) return Incomplete("the stage");
  request.command = DraftNotification{std::string(words.Take())};
  return absl::OkStatus();
}

Status ParseHandover(Words& words, const Hearing&, Request& request) {
  OfferHandover offer;
  TOCSIN_ASSIGN_OR_RETURN(offer.role, TakeWord<IncidentRole>(words, "the role"));
  TOCSIN_ASSIGN_OR_RETURN(offer.handle, TakeHandle(words));
  offer.brief = words.TakeRest();
  request.command = std::move(offer);
  return absl::OkStatus();
}

Status ParseAnswer(bool accept, Words& words, const Hearing&, Request& request) {
  AnswerHandover answer;
  answer.accept = accept;
  TOCSIN_ASSIGN_OR_RETURN(answer.role, TakeWord<IncidentRole>(words, "the role"));
  if (!accept) {
    TOCSIN_ASSIGN_OR_RETURN(answer.because, TakeBecause(words));
  }
  request.command = std::move(answer);
  return absl::OkStatus();
}

// "review action TYPE TEXT @owner by WHEN".
Status ParseActionItem(Words& words, const Hearing& hearing, Request& request) {
  AddActionItem item;
  TOCSIN_ASSIGN_OR_RETURN(item.type, TakeWord<ActionType>(words, "what the action is for"));
  const std::string all = words.TakeRest();
  const size_t by = all.rfind(" by ");
  const size_t at = by == std::string::npos ? by : all.rfind(" @", by);
  if (at == std::string::npos) return Incomplete("'@OWNER by WHEN'");
  Words owner(std::string_view(all).substr(at, by - at));
  TOCSIN_ASSIGN_OR_RETURN(item.owner, TakeHandle(owner));
  if (!owner.empty()) return Incomplete("'by WHEN' after the owner");
  TOCSIN_ASSIGN_OR_RETURN(const client::When due,
                          client::ParseDue(all.substr(by + 4), hearing.now, hearing.zone));
  item.due = Moment{due.time, due.precision, due.resolved};
  Words text(std::string_view(all).substr(0, at));
  TOCSIN_ASSIGN_OR_RETURN(item.text, TakeText(text));
  request.command = std::move(item);
  return absl::OkStatus();
}

Status ParseReview(Words& words, const Hearing& hearing, Request& request) {
  if (words.TakeIf("open")) {
    request.command = OpenReview{};
    return absl::OkStatus();
  }
  if (words.TakeIf("action")) return ParseActionItem(words, hearing, request);
  if (words.TakeIf("publish")) {
    words.TakeRest();
    request.command = NotInChat{"publishing a review", "tocsin review publish"};
    return absl::OkStatus();
  }
  AddFinding finding;
  TOCSIN_ASSIGN_OR_RETURN(finding.kind, TakeWord<FindingKind>(words, "what kind of finding"));
  TOCSIN_ASSIGN_OR_RETURN(finding.text, TakeText(words));
  request.command = std::move(finding);
  return absl::OkStatus();
}

Status ParseAck(Words& words, const Hearing&, Request& request) {
  AcknowledgeAlert ack;
  if (!words.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(ack.alert, TakeSequence(words));
  }
  request.command = ack;
  return absl::OkStatus();
}

auto Note(EntryKind kind) {
  return [kind](Words& words, const Hearing& hearing, Request& request) {
    return ParseNote(kind, words, hearing, request);
  };
}

template <typename Simple>
Status ParseSimple(Words&, const Hearing&, Request& request) {
  request.command = Simple{};
  return absl::OkStatus();
}

auto Refused(std::string what, std::string line) {
  return [what = std::move(what), line = std::move(line)](Words& words, const Hearing&,
                                                          Request& request) {
    words.TakeRest();
    request.command = NotInChat{what, line};
    return absl::OkStatus();
  };
}

// What the timeline is written with.
std::vector<VerbParser> RecordParsers() {
  return {
      {{"declare",
        "declare TITLE sev1|sev2|sev3|sev4 [tlp:LABEL] [playbook:ID] [--restricted] "
        "[--drill]",
        "declares an incident and binds this room to it"},
       ParseDeclare},
      {{"bind", "bind INC-2026-0042", "binds this room to an incident"}, ParseBind},
      {{"unbind", "unbind", "ends that"}, ParseSimple<UnbindRoom>},
      {{"log", "log [at 10:42] [kind:KIND] [tlp:LABEL] TEXT", "writes to the timeline"},
       Note(EntryKind::kObservation)},
      {{"decide", "decide [at 10:42] TEXT because WHY", "records a decision"},
       Note(EntryKind::kDecision)},
      {{"finding", "finding [at 10:42] TEXT", "records what was detected"},
       Note(EntryKind::kDetection)},
      {{"evidence", "evidence REFERENCE [SHA256] [TEXT]",
        "records where evidence is, and its hash"},
       ParseEvidence},
      {{"correct", "correct 14 TEXT", "corrects the text of an entry; both stay"}, ParseCorrect},
      {{"retract", "retract 14 because WHY", "takes an entry back; it stays, marked"},
       ParseRetract},
  };
}

// What the response is led with.
std::vector<VerbParser> LeadParsers() {
  return {
      {{"impact", "impact KEY=VALUE … [note TEXT]", "states facts of the impact"}, ParseImpact},
      {{"aware", "aware [at 10:42] because WHY",
        "states when you became aware; clocks run from it"},
       ParseAware},
      {{"significant", "significant yes|no [regime:ID] because WHY",
        "decides whether it is reportable"},
       ParseSignificant},
      {{"deadlines", "deadlines", "what is due, and when"}, ParseSimple<AskDeadlines>},
      {{"status", "status", "where the incident stands"}, ParseSimple<AskStatus>},
      {{"who", "who", "who has which role"}, ParseSimple<AskWho>},
      {{"role", "role commander @ada", "gives a person a role"}, ParseRole},
      {{"step", "step list|mine | step done ID [EVIDENCE] | step skip ID because WHY",
        "the steps of the playbook"},
       ParseStep},
      {{"sitrep", "sitrep [send] [team|management|customers]",
        "drafts a situation report, or records it as given"},
       ParseSitrep},
      {{"sev", "sev 1 because WHY", "changes the severity"}, ParseSeverity},
      {{"phase", "phase containment because WHY", "changes the phase"}, ParsePhase},
      {{"notify", "notify draft STAGE", "fills the form of a notification from the record"},
       ParseNotify},
      {{"handover", "handover ROLE @bob [BRIEF]", "offers your role to somebody"}, ParseHandover},
      {{"accept", "accept ROLE", "takes over a role that is offered to you"},
       [](Words& words, const Hearing& hearing, Request& request) {
         return ParseAnswer(/*accept=*/true, words, hearing, request);
       }},
      {{"decline", "decline ROLE because WHY", "does not"},
       [](Words& words, const Hearing& hearing, Request& request) {
         return ParseAnswer(/*accept=*/false, words, hearing, request);
       }},
  };
}

// The rest of what help shows.
std::vector<VerbParser> OtherParsers() {
  return {
      {{"review",
        "review open | review well|bad|lucky|condition|lesson TEXT | review action "
        "prevent|detect|mitigate|process TEXT @ada by 14d",
        "collects for the review"},
       ParseReview},
      {{"search", "search TEXT", "finds entries by their text"},
       [](Words& words, const Hearing&, Request& request) -> Status {
         TOCSIN_ASSIGN_OR_RETURN(const std::string text, TakeText(words));
         request.command = SearchNotes{text};
         return absl::OkStatus();
       }},
      {{"ack", "ack [14]",
        "says that you have seen an alert and take care: nobody further is asked"},
       ParseAck},
      {{"link", "link CODE", "links your account to you; only in a direct message"},
       [](Words& words, const Hearing&, Request& request) -> Status {
         if (words.empty()) return Incomplete("the code");
         request.command = LinkAccount{words.TakeRest()};
         return absl::OkStatus();
       }},
      {{"unlink", "unlink", "ends that"}, ParseSimple<UnlinkAccount>},
      {{"help", "help [VERB]", "shows the verbs, or how one is written"},
       [](Words& words, const Hearing&, Request& request) {
         request.command = AskHelp{words.empty() ? "" : Lower(words.Take())};
         return absl::OkStatus();
       }},
  };
}

// Refused, with the command to run. No summary: help does not offer them.
std::vector<VerbParser> RefusedParsers() {
  return {
      {{"export", "export", ""},
       Refused("an export of the whole record",
               "tocsin export INC --format md --out post-mortem.md")},
      {{"close", "close", ""}, Refused("closing an incident", "tocsin close INC --because …")},
      {{"reopen", "reopen", ""}, Refused("reopening an incident", "tocsin reopen INC --because …")},
      {{"waive", "waive", ""}, Refused("waiving a duty", "tocsin notify waive STAGE --because …")},
      {{"principal", "principal", ""}, Refused("managing people", "tocsin principal …")},
      {{"token", "token", ""}, Refused("ending tokens", "tocsin token revoke …")},
  };
}

}  // namespace

const std::vector<VerbParser>& AllParsers() {
  static const std::vector<VerbParser> parsers = [] {
    std::vector<VerbParser> all;
    for (auto make : {RecordParsers, LeadParsers, OtherParsers, RefusedParsers}) {
      for (VerbParser& parser : make()) all.push_back(std::move(parser));
    }
    return all;
  }();
  return parsers;
}

const VerbParser* FindParser(std::string_view name) {
  for (const VerbParser& parser : AllParsers()) {
    if (parser.help.name == name) return &parser;
  }
  return nullptr;
}

}  // namespace tocsin::chat
