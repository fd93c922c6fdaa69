// `tocsin drill score`: on the terminal, as Markdown to hand on, or as JSON.
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/drill.h"
#include "clients/cli/output_file.h"
#include "clients/cli/show.h"
#include "clients/core/names.h"
#include "clients/core/proto_time.h"
#include "clients/core/terminal_text.h"
#include "clients/report/markdown_text.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/time_text.h"
#include "tocsin/v1/drill.grpc.pb.h"

namespace tocsin::cli {
namespace {

using report::CodeSpan;
using report::Inert;

std::string Span(const google::protobuf::Duration& span) {
  return FormatSpan(absl::Seconds(span.seconds()));
}

std::string Moment(bool has, const google::protobuf::Timestamp& time) {
  return has ? absl::StrCat(RecordText(client::FromProto(time)), " UTC") : "-";
}

std::string DeclaredText(const v1::DrillScore& score) {
  return score.has_declared_in() ? Span(score.declared_in()) + " after the start" : "never";
}

std::string AwareText(const v1::DrillScore& score) {
  return score.has_aware_decided_in() ? Span(score.aware_decided_in()) + " after the start"
                                      : "never";
}

std::string SumText(const v1::DrillScore& score) {
  return absl::StrCat(score.met(), " met, ", score.late(), " late, ", score.missed(), " missed of ",
                      score.expectations_size(), " expectations");
}

client::Colour ColourOf(const std::string& outcome) {
  if (outcome == "met") return client::Colour::kGreen;
  if (outcome == "late") return client::Colour::kYellow;
  if (outcome == "missed") return client::Colour::kRed;
  return client::Colour::kGrey;
}

// When it was done, by when it should have been, and what else there is to say.
std::string Detail(const v1::ExpectationScore& one) {
  std::vector<std::string> parts;
  if (one.has_took()) parts.push_back(absl::StrCat("after ", Span(one.took())));
  if (one.outcome() != "met" && one.has_limit_time()) {
    parts.push_back(absl::StrCat("by ", Moment(true, one.limit_time())));
  }
  if (one.sequence() != 0) parts.push_back(absl::StrCat("#", one.sequence()));
  if (!one.note().empty()) parts.push_back(one.note());
  if (!one.judged_by().empty()) {
    parts.push_back(absl::StrCat("judged by ", one.judged_by(), ": ", one.judged_because()));
  }
  return absl::StrJoin(parts, ", ");
}

size_t WithReason(const v1::DrillScore& score) {
  size_t count = 0;
  for (const auto& decision : score.decisions()) count += decision.because().empty() ? 0U : 1U;
  return count;
}

size_t Skipped(const v1::DrillScore& score) {
  size_t count = 0;
  for (const auto& step : score.steps()) count += step.skipped() ? 1U : 0U;
  return count;
}

std::string StepsText(const v1::DrillScore& score) {
  return absl::StrCat(score.steps_size() - static_cast<int>(Skipped(score)), " done, ",
                      Skipped(score), " skipped, ", score.steps_open(), " open");
}

void PrintText(Session& session, const v1::DrillScore& score) {
  session.out() << client::ShortName(score.incident()) << " DRILL  "
                << client::EscapeText(score.title()) << (score.stopped() ? "" : "  (still runs)")
                << "\n"
                << SumText(score) << "\n"
                << "declared " << DeclaredText(score) << ", aware decided " << AwareText(score)
                << "; steps: " << StepsText(score) << "; " << WithReason(score) << " of "
                << score.decisions_size() << " decisions with a reason\n";
  client::Table table({"EXPECTED", "OUTCOME", "WHAT", ""});
  for (const auto& one : score.expectations()) {
    table.Add({one.id(), {one.outcome(), ColourOf(one.outcome())}, one.title(), Detail(one)});
  }
  session.out() << "\n" << table.Render(session.style());
  if (!score.notifications().empty()) {
    client::Table filings({"NOTIFICATION", "OUTCOME", "DUE", "FILED"});
    for (const auto& one : score.notifications()) {
      filings.Add({one.obligation(),
                   {one.outcome(), ColourOf(one.outcome())},
                   Moment(one.has_due_time(), one.due_time()),
                   Moment(one.has_submit_time(), one.submit_time())});
    }
    session.out() << "\n" << filings.Render(session.style());
  }
  for (const std::string& lesson : score.lessons()) {
    session.out() << "lesson: " << client::EscapeText(lesson) << "\n";
  }
}

void Section(std::string& out, const std::string& heading) {
  absl::StrAppend(&out, "\n## ", heading, "\n\n");
}

void AddExpectations(const v1::DrillScore& score, std::string& out) {
  Section(out, "What was expected");
  absl::StrAppend(&out, "| Expectation | Outcome | What | Detail |\n|---|---|---|---|\n");
  for (const auto& one : score.expectations()) {
    absl::StrAppend(&out, "| ", CodeSpan(one.id()), " | ", one.outcome(), " | ", Inert(one.title()),
                    " | ", Inert(Detail(one)), " |\n");
  }
}

void AddNotifications(const v1::DrillScore& score, std::string& out) {
  Section(out, "Notifications");
  if (score.notifications().empty()) {
    absl::StrAppend(&out, "No legal clock ran.\n");
    return;
  }
  absl::StrAppend(&out, "| Notification | Outcome | Due | Filed |\n|---|---|---|---|\n");
  for (const auto& one : score.notifications()) {
    absl::StrAppend(&out, "| ", CodeSpan(one.obligation()), " ", Inert(one.label()), " | ",
                    one.outcome(), " | ", Moment(one.has_due_time(), one.due_time()), " | ",
                    Moment(one.has_submit_time(), one.submit_time()), " |\n");
  }
}

void AddWork(const v1::DrillScore& score, std::string& out) {
  Section(out, "Steps");
  absl::StrAppend(&out, StepsText(score), ".\n");
  for (const auto& step : score.steps()) {
    absl::StrAppend(&out, "- ", CodeSpan(step.step()), " ", step.skipped() ? "skipped" : "done",
                    step.note().empty() ? "" : ": ", Inert(step.note()), "\n");
  }
  Section(out, "Decisions");
  if (score.decisions().empty()) absl::StrAppend(&out, "None was recorded.\n");
  for (const auto& decision : score.decisions()) {
    absl::StrAppend(&out, "- #", decision.sequence(), " ", Moment(true, decision.time()), ", ",
                    Inert(decision.author()), ": ", Inert(decision.text()),
                    decision.because().empty() ? ". **No reason was given.**" : ". Because: ",
                    Inert(decision.because()), "\n");
  }
}

void AddLessons(const v1::DrillScore& score, std::string& out) {
  Section(out, "Lessons");
  const v1::Review& review = score.review();
  if (score.lessons().empty() && review.findings().empty()) {
    absl::StrAppend(&out, "None was recorded.\n");
  }
  for (const std::string& lesson : score.lessons()) {
    absl::StrAppend(&out, "- Proposed by the scenario: ", Inert(lesson), "\n");
  }
  for (const auto& finding : review.findings()) {
    absl::StrAppend(&out, "- ", WordOf<FindingKind>(finding.kind()), ", ", Inert(finding.author()),
                    ": ", Inert(finding.text()), "\n");
  }
  if (!review.summary().empty()) absl::StrAppend(&out, "\n", Inert(review.summary()), "\n");
  Section(out, "Action items");
  if (review.action_items().empty()) absl::StrAppend(&out, "None was recorded.\n");
  for (const auto& item : review.action_items()) {
    absl::StrAppend(&out, "- [", item.done() ? "x" : " ", "] ", CodeSpan(item.id()), " ",
                    Inert(item.text()), ", ", Inert(item.owner()), ", due ",
                    Moment(item.has_due_time(), item.due_time()), "\n");
  }
}

absl::Status Save(const ScoreFlags& flags, const std::string& text) {
  TOCSIN_ASSIGN_OR_RETURN(
      const auto file,
      OutputFile::Create(flags.out, flags.force ? Overwrite::kYes : Overwrite::kNo));
  TOCSIN_RETURN_IF_ERROR(file->Append(text));
  return file->Commit();
}

}  // namespace

std::string DrillScoreMarkdown(const v1::DrillScore& score) {
  std::string out =
      absl::StrCat("# DRILL: score of ", CodeSpan(client::ShortName(score.incident())), " ",
                   Inert(score.title()), "\n\n**This was a drill, not a real incident.**\n\n");
  if (!score.stopped()) absl::StrAppend(&out, "The drill still runs; this is how it stands.\n\n");
  absl::StrAppend(&out, "- Scenario: ", CodeSpan(client::ShortName(score.scenario().name())),
                  ", version ", Inert(score.scenario().version()), ", digest ",
                  CodeSpan(score.scenario().digest()), "\n",
                  "- On the drill's clock: ", Moment(true, score.begin_time()), " to ",
                  Moment(true, score.end_time()), "; it took ", Span(score.world_time()), "\n",
                  "- Injects delivered: ", score.injects_delivered(), " of ",
                  score.scenario().inject_count(), "\n- Result: **", SumText(score), "**\n",
                  "- Declared: ", DeclaredText(score), "\n- Awareness decided: ", AwareText(score));
  if (score.has_aware_time()) {
    absl::StrAppend(&out, ", as of ", Moment(true, score.aware_time()));
  }
  absl::StrAppend(&out, "\n- Decisions with a reason: ", WithReason(score), " of ",
                  score.decisions_size(), "\n");
  if (!score.roles_unheld().empty()) {
    absl::StrAppend(&out, "- Roles that nobody held: ",
                    absl::StrJoin(score.roles_unheld(), ", ",
                                  [](std::string* to, int role) {
                                    absl::StrAppend(to, WordOf<IncidentRole>(role));
                                  }),
                    "\n");
  }
  if (!score.scenario().objectives().empty()) Section(out, "Objectives");
  for (const std::string& objective : score.scenario().objectives()) {
    absl::StrAppend(&out, "- ", Inert(objective), "\n");
  }
  AddExpectations(score, out);
  AddNotifications(score, out);
  AddWork(score, out);
  AddLessons(score, out);
  return out;
}

absl::StatusOr<ExitCode> ShowDrillScore(Session& session, const ScoreFlags& flags) {
  if (flags.format != "text" && flags.format != "md" && flags.format != "json") {
    return InvalidArgument("BAD_FORMAT",
                           absl::StrCat("'", client::EscapeText(flags.format), "' is no format"),
                           "Use text, md or json.");
  }
  v1::GetDrillScoreRequest request;
  TOCSIN_ASSIGN_OR_RETURN(*request.mutable_incident(), session.IncidentName());
  TOCSIN_ASSIGN_OR_RETURN(const v1::DrillScore score,
                          Call(session, &v1::DrillService::Stub::GetDrillScore, request));
  const bool json = flags.format == "json" || (flags.format == "text" && session.wants_json());
  std::string text;
  if (json) {
    // A score of its own says that it is one of a drill.
    text = client::ToJson(score, /*indent=*/session.output() != client::OutputFormat::kJsonl);
    if (text.empty() || text.back() != '\n') text += "\n";
  } else if (flags.format == "md" || !flags.out.empty()) {
    text = DrillScoreMarkdown(score);
  } else if (session.wants_id()) {
    for (const auto& one : score.expectations()) {
      absl::StrAppend(&text, client::EscapeText(one.id()), "\n");
    }
  } else {
    PrintText(session, score);
    return ExitCode::kOk;
  }
  if (flags.out.empty()) {
    session.out() << text;
    return ExitCode::kOk;
  }
  TOCSIN_RETURN_IF_ERROR(Save(flags, text));
  session.err() << "written to " << client::EscapeText(flags.out) << "\n";
  return ExitCode::kOk;
}

}  // namespace tocsin::cli
