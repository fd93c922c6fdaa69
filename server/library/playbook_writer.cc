#include "server/library/playbook_writer.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/view.h"

namespace tocsin::library {
namespace {

using playbook::Condition;
using playbook::Step;
using Kind = Condition::Kind;

// Characters that YAML, or one of its readers, takes for the end of a line or refuses.
constexpr std::array<std::string_view, 6> kUnsafe = {
    "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF", "\xEF\xBF\xBE", "\xEF\xBF\xBF"};
constexpr std::array<std::string_view, 6> kEscaped = {"\\x85",   "\\u2028", "\\u2029",
                                                      "\\uFEFF", "\\uFFFE", "\\uFFFF"};

bool IsPrintable(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
}

// Words that some reader of YAML takes for something else than a text.
bool IsPlainWord(std::string_view text) {
  constexpr std::array<std::string_view, 10> kReserved = {"yes", "no",   "true", "false", "on",
                                                          "off", "null", "y",    "n",     "none"};
  return playbook::IsIdForm(text) && text.front() >= 'a' && text.front() <= 'z' &&
         text.back() != '-' &&
         std::find(kReserved.begin(), kReserved.end(), text) == kReserved.end();
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    size_t size = 1;
    for (size_t i = 0; i < kUnsafe.size(); ++i) {
      if (text.substr(0, kUnsafe[i].size()) != kUnsafe[i]) continue;
      out += kEscaped[i];
      size = 0;
      text.remove_prefix(kUnsafe[i].size());
      break;
    }
    if (size == 0) continue;
    const char c = text.front();
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (!IsPrintable(c)) {
      absl::StrAppend(&out, "\\x", absl::StrFormat("%02X", static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
    text.remove_prefix(1);
  }
  return out + "\"";
}

std::string Scalar(std::string_view text) {
  return IsPlainWord(text) ? std::string(text) : Quoted(text);
}

// Whether `text` reads back as it is from lines of a block.
bool FitsBlock(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.front() == '\n') return false;
  if (absl::EndsWith(ToAbsl(text), "\n\n")) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || IsPrintable(c); })) {
    return false;
  }
  return std::none_of(kUnsafe.begin(), kUnsafe.end(), [&](std::string_view unsafe) {
    return text.find(unsafe) != std::string_view::npos;
  });
}

// Several lines as a block, one line in quotes.
std::string Text(std::string_view text, size_t indent) {
  if (text.find('\n') == std::string_view::npos || !FitsBlock(text)) return Quoted(text);
  const bool ends = text.back() == '\n';
  std::string out = ends ? "|" : "|-";
  if (ends) text.remove_suffix(1);
  for (const absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    absl::StrAppend(&out, "\n", line.empty() ? "" : std::string(indent, ' '), line);
  }
  return out;
}

std::string Words(const std::vector<std::string>& words) {
  return absl::StrCat("[",
                      absl::StrJoin(words, ", ",
                                    [](std::string* out, const std::string& word) {
                                      absl::StrAppend(out, Scalar(word));
                                    }),
                      "]");
}

std::string WordOrWords(const std::vector<std::string>& words) {
  return words.size() == 1 ? Scalar(words.front()) : Words(words);
}

std::string Span(absl::Duration span) {
  const int64_t minutes = absl::ToInt64Minutes(span);
  if (minutes % (24 * 60) == 0) return absl::StrCat(minutes / (24 * 60), "d");
  if (minutes % 60 == 0) return absl::StrCat(minutes / 60, "h");
  return absl::StrCat(minutes, "m");
}

std::string ConditionText(const Condition& condition);

std::string Parts(const Condition& condition) {
  return absl::StrJoin(condition.parts, ", ", [](std::string* out, const Condition& part) {
    absl::StrAppend(out, ConditionText(part));
  });
}

std::string Compared(const char* key, const Condition& condition) {
  const std::string subject = absl::StrCat("{", key, ": ", Scalar(condition.name), ", ");
  switch (condition.comparison) {
    case Condition::Comparison::kIs:
      return absl::StrCat(subject, "is: ", WordOrWords(condition.values), "}");
    case Condition::Comparison::kAtLeast:
      return absl::StrCat(subject, "at_least: ", condition.number, "}");
    case Condition::Comparison::kBelow:
      return absl::StrCat(subject, "below: ", condition.number, "}");
  }
  return "";
}

std::string ConditionText(const Condition& condition) {
  const auto named = [&](const char* key) {
    return absl::StrCat("{", key, ": ", Scalar(condition.name), "}");
  };
  switch (condition.kind) {
    case Kind::kSeverityAtLeast:
      return absl::StrCat("{severity_at_least: ", ToAbsl(ToText(condition.severity)), "}");
    case Kind::kPhaseAtLeast:
      return absl::StrCat("{phase_at_least: ", ToAbsl(ToText(condition.phase)), "}");
    case Kind::kFact:
      return Compared("fact", condition);
    case Kind::kAnswer:
      return Compared("answer", condition);
    case Kind::kAnchor:
      return named("anchor");
    case Kind::kRegime:
      return named("regime");
    case Kind::kObligation:
      return named("obligation");
    case Kind::kEntityKind:
      return absl::StrCat("{entity_kind: ", WordOrWords(condition.values), "}");
    case Kind::kDone:
      return named("done");
    case Kind::kAllOf:
      return absl::StrCat("{all_of: [", Parts(condition), "]}");
    case Kind::kAnyOf:
      return absl::StrCat("{any_of: [", Parts(condition), "]}");
    case Kind::kNot:
      return absl::StrCat("{not: ", Parts(condition), "}");
  }
  return "";
}

std::string QuestionText(const playbook::Question& question) {
  std::string out = absl::StrCat("{id: ", Scalar(question.id), ", ask: ", Quoted(question.ask),
                                 ", type: ", ToAbsl(playbook::ToText(question.type)));
  if (!question.choices.empty()) absl::StrAppend(&out, ", choices: ", Words(question.choices));
  if (question.min) absl::StrAppend(&out, ", min: ", *question.min);
  if (question.max) absl::StrAppend(&out, ", max: ", *question.max);
  if (!question.fact.empty()) absl::StrAppend(&out, ", fact: ", Scalar(question.fact));
  if (!question.anchor.empty()) absl::StrAppend(&out, ", anchor: ", Scalar(question.anchor));
  if (question.optional) absl::StrAppend(&out, ", optional: true");
  return out + "}";
}

std::string DueText(const playbook::Due& due) {
  using From = playbook::Due::From;
  if (due.from == From::kRun && !due.remind) return Span(due.within);
  std::string out = absl::StrCat("{within: ", Span(due.within));
  if (due.from == From::kStep) absl::StrAppend(&out, ", from: step");
  if (due.from == From::kAnchor) absl::StrAppend(&out, ", from: ", Scalar(due.anchor));
  if (due.remind) absl::StrAppend(&out, ", remind: ", Span(*due.remind));
  return out + "}";
}

std::string StepText(const Step& step) {
  constexpr size_t kIndent = 6;
  std::string out = absl::StrCat("  - id: ", Scalar(step.id), "\n");
  const auto add = [&](const char* key, std::string_view value) {
    absl::StrAppend(&out, "    ", key, ": ", ToAbsl(value), "\n");
  };
  add("title", Quoted(step.title));
  add("phase", ToText(step.phase));
  add("role", ToText(step.role));
  if (!step.needs.empty()) add("needs", Words(step.needs));
  if (step.when) add("when", ConditionText(*step.when));
  if (!step.questions.empty()) {
    out += "    questions:\n";
    for (const playbook::Question& question : step.questions) {
      absl::StrAppend(&out, "      - ", QuestionText(question), "\n");
    }
  }
  if (step.due) add("due", DueText(*step.due));
  if (!step.evidence.empty()) add("evidence", absl::StrCat("[", playbook::EvidenceText(step), "]"));
  if (step.mandatory) add("mandatory", "true");
  if (step.repeat) {
    add("repeat", absl::StrCat("{every: ", Span(step.repeat->every),
                               ", until: ", ConditionText(step.repeat->until), "}"));
  }
  if (!step.playbook.empty()) add("playbook", Scalar(step.playbook));
  if (!step.references.empty()) add("references", Words(step.references));
  add("instructions", Text(step.instructions, kIndent));
  return out;
}

}  // namespace

std::string WritePlaybook(const playbook::Definition& definition, std::string_view comment) {
  std::string out = absl::StrCat(
      "# ", ToAbsl(comment), "\nformat: tocsin-playbook-v1\nid: ", Scalar(definition.id),
      "\ntitle: ", Quoted(definition.title), "\nversion: ", Quoted(definition.version),
      "\nsummary: ", Text(definition.summary, 2), "\n");
  if (!definition.references.empty()) {
    absl::StrAppend(&out, "references: ", Words(definition.references), "\n");
  }
  out += "steps:\n";
  for (const Step& step : definition.steps) out += StepText(step);
  if (!definition.cacao.empty()) {
    absl::StrAppend(&out, "cacao: ", Text(definition.cacao, 2), "\n");
  }
  return out;
}

}  // namespace tocsin::library
