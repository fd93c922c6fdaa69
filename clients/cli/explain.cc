// deadlines explain: how a date came about, on what it rests, and what would move it.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/app.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/time_input.h"
#include "server/base/status_macros.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::cli {
namespace {

// A table of names and texts in which nothing empty stands.
class Answer {
 public:
  void Add(const char* name, const std::string& text) {
    if (!text.empty()) table_.Add({name, text});
  }
  std::string Render(const client::OutputStyle& style) const { return table_.RenderBody(style); }

 private:
  client::Table table_{{"", ""}};
};

// "Europe/Brussels, time zone data 2026b; data 2026a gave another date".
std::string ZoneText(const v1::ExplainObligationResponse& response) {
  std::string text = response.time_zone();
  if (!response.time_zone_data().empty()) {
    absl::StrAppend(&text, ", time zone data ", response.time_zone_data());
  }
  if (!response.former_time_zone_data().empty()) {
    absl::StrAppend(&text, "; data ", response.former_time_zone_data(), " gave another date");
  }
  return text;
}

std::string InstantText(bool has, const google::protobuf::Timestamp& time, absl::Time now) {
  if (!has) return "no date";
  return absl::StrCat(RecordText(client::FromProto(time)), " UTC, ",
                      client::FormatRelative(client::FromProto(time), now));
}

void AddDates(const v1::ExplainObligationResponse& response, absl::Time now, Answer& answer) {
  const v1::Obligation& of = response.obligation();
  answer.Add("due", InstantText(of.has_due_time(), of.due_time(), now));
  answer.Add("  computed", response.arithmetic());
  answer.Add("  article", of.article());
  if (!of.has_due_time()) return;
  if (!of.has_legal_latest_time()) {
    answer.Add("legal latest", "none of its own: due is what the law says");
    return;
  }
  answer.Add("legal latest", of.legal_latest_time().seconds() == of.due_time().seconds()
                                 ? "the same as due"
                                 : InstantText(true, of.legal_latest_time(), now));
  const bool same = response.legal_latest_arithmetic() == response.arithmetic();
  answer.Add("  computed", same ? "in the same way" : response.legal_latest_arithmetic());
  answer.Add("  article", response.legal_latest_article());
}

void AddAnchor(const v1::ExplainObligationResponse& response, Answer& answer) {
  const v1::Obligation& of = response.obligation();
  if (!of.has_anchor_time()) {
    answer.Add("anchor", of.anchor().empty() ? "" : absl::StrCat(of.anchor(), ", not stated yet"));
    return;
  }
  answer.Add("anchor", absl::StrCat(of.anchor(), " = ",
                                    RecordText(client::FromProto(of.anchor_time())), " UTC"));
  if (response.anchor_sequence() != 0) {
    std::string stated =
        absl::StrCat(response.anchor_stated_by(), " in #", response.anchor_sequence());
    if (response.has_anchor_record_time()) {
      absl::StrAppend(&stated, ", recorded ",
                      RecordText(client::FromProto(response.anchor_record_time())), " UTC");
    }
    answer.Add("  stated by", stated);
  }
  answer.Add("  because", response.anchor_because());
  answer.Add("  approved by", response.anchor_approved_by());
  if (of.pending_sequence() != 0) {
    answer.Add("  waiting", absl::StrCat("#", of.pending_sequence(), " says ",
                                         RecordText(client::FromProto(of.pending_anchor_time())),
                                         " UTC and awaits a second person"));
  }
}

void AddAddressees(const v1::Obligation& of, Answer& answer) {
  if (!of.addressee().empty() || of.authorities().empty()) {
    answer.Add("to whom",
               of.addressee().empty() ? "nobody known: see tocsin authorities" : of.addressee());
    return;
  }
  const char* name = "to whom";
  for (const v1::Authority& authority : of.authorities()) {
    std::string text = absl::StrCat(authority.name(), ": ", authority.channel());
    if (!authority.phone().empty()) absl::StrAppend(&text, ", ", authority.phone());
    if (!authority.fallback().empty()) {
      absl::StrAppend(&text, "; if down: ", authority.fallback());
    }
    answer.Add(name, text);
    name = "";
  }
}

absl::StatusOr<ExitCode> Explain(Session& session, const std::string& obligation) {
  v1::ExplainObligationRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  request.set_obligation(client::ShortName(obligation));
  TOCSIN_ASSIGN_OR_RETURN(const v1::ExplainObligationResponse response,
                          Call(session, &v1::ObligationService::Stub::ExplainObligation, request));
  if (session.wants_json()) return session.PrintJson(response);
  const v1::Obligation& of = response.obligation();
  if (session.wants_id()) {
    session.out() << client::ShortName(of.name()) << "\n";
    return ExitCode::kOk;
  }
  Answer answer;
  answer.Add("obligation", absl::StrCat(of.drill() ? "DRILL " : "", client::ShortName(of.name()),
                                        ": ", of.label()));
  answer.Add("state", StateWord(of.state()) + (of.provisional() ? ", provisional" : ""));
  answer.Add("significant", response.significance());
  answer.Add("in words", of.primary_norm());
  AddDates(response, session.now(), answer);
  AddAnchor(response, answer);
  answer.Add("establishment", of.establishment());
  answer.Add("time zone", ZoneText(response));
  answer.Add("holidays", response.calendar());
  AddAddressees(of, answer);
  answer.Add("source", response.source());
  answer.Add("confidence", response.confidence());
  answer.Add("verified on", response.verified_on());
  answer.Add("rule", absl::StrCat(response.rule_id(), ", version ", response.pack_version(),
                                  ", digest ", response.pack_digest()));
  const char* name = "what moves it";
  for (const std::string& sentence : response.would_move()) {
    answer.Add(name, sentence);
    name = "";
  }
  session.out() << answer.Render(session.style());
  return ExitCode::kOk;
}

}  // namespace

void AddExplainVerb(Program& program, CLI::App* deadlines) {
  CLI::App* explain = program.AddVerb(deadlines, "explain",
                                      "Shows how a due time came about, and what would move it",
                                      "tocsin deadlines explain early_warning");
  auto obligation = std::make_shared<std::string>();
  explain->add_option("OBLIGATION", *obligation, "Stage, or regime.stage")->required();
  program.OnRun(explain, [obligation](Session& session) { return Explain(session, *obligation); });
}

}  // namespace tocsin::cli
