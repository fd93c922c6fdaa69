#include "server/library/cacao_text.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "server/base/encoding.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::library::cacao {
namespace {

std::string Lines(std::string_view text) {
  const std::string lines = absl::StrReplaceAll(ToAbsl(text), {{"\r\n", "\n"}, {"\r", "\n"}});
  return std::string(absl::StripAsciiWhitespace(lines));
}

// A block of code whose fence stands nowhere in it.
std::string Fenced(std::string_view code) {
  std::string fence = "```";
  while (code.find(fence) != std::string_view::npos) fence += '`';
  return absl::StrCat(fence, "\n", ToAbsl(code), "\n", fence);
}

// What `member` or its base64 form says; of the latter only what is text can be shown as such.
std::string CommandText(const JsonValue& command, const char* member, const char* encoded) {
  const std::string_view plain = command.TextOf(member);
  if (!plain.empty()) return Lines(plain);
  const std::string_view base64 = command.TextOf(encoded);
  const std::optional<std::string> decoded = Base64Decode(base64);
  if (decoded && CheckText("", *decoded).ok()) return Lines(*decoded);
  return std::string(base64);
}

std::string HeaderLines(const JsonValue& command) {
  std::string out;
  const JsonValue* headers = command.Find("headers");
  if (headers == nullptr) return out;
  for (const JsonValue& header : headers->children) {
    for (const JsonValue& value : header.children) {
      absl::StrAppend(&out, "\n", Flat(header.key), ": ", Flat(value.text));
    }
  }
  return out;
}

std::string CommandParagraph(const JsonValue& command) {
  const std::string about = Lines(command.TextOf("description"));
  std::string out = about.empty() ? "" : about + "\n\n";
  std::string text = CommandText(command, "command", "command_b64");
  if (command.TextOf("type") == "manual") return out + text;
  text += HeaderLines(command);
  const std::string content = CommandText(command, "content", "content_b64");
  if (!content.empty()) absl::StrAppend(&text, "\n\n", content);
  return absl::StrCat(out, "Command of type ", Flat(command.TextOf("type")),
                      ". Tocsin shows it and never runs it:\n\n", Fenced(text));
}

std::string NameOf(const JsonValue* named, std::string_view id) {
  if (named == nullptr) return std::string(id);
  const std::string about = Flat(named->TextOf("description"));
  return absl::StrCat(Flat(named->TextOf("name")), " (", Flat(named->TextOf("type")),
                      about.empty() ? "" : ", ", about, ")");
}

// The variables that `text` names: "__ip__:value".
void AddNamed(std::string_view text, std::set<std::string>& names) {
  const auto is_part = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  };
  for (size_t at = text.find("__"); at != std::string_view::npos; at = text.find("__", at)) {
    size_t end = at;
    while (end < text.size() && is_part(text[end])) ++end;
    names.insert(std::string(text.substr(at, end - at)));
    at = end;
  }
}

std::string DelayText(int64_t milliseconds) {
  return absl::StrCat("Wait ", absl::FormatDuration(absl::Milliseconds(milliseconds)),
                      " before you begin.");
}

}  // namespace

std::string Flat(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (!blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string OneLine(std::string_view text) {
  const std::string line = Flat(text);
  if (line.size() <= kLineBytesMax) return line;
  constexpr std::string_view kMore = "…";
  size_t cut = kLineBytesMax - kMore.size();
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;
  return line.substr(0, cut) + std::string(kMore);
}

std::vector<std::string> ReferenceLines(const JsonValue& owner) {
  std::vector<std::string> lines;
  const JsonValue* references = owner.Find("external_references");
  if (references == nullptr) return lines;
  for (const JsonValue& reference : references->children) {
    std::vector<std::string> parts;
    for (const char* member : {"name", "description", "source", "external_id", "url"}) {
      std::string part = OneLine(reference.TextOf(member));
      if (part.empty() || std::find(parts.begin(), parts.end(), part) != parts.end()) continue;
      parts.push_back(std::move(part));
    }
    lines.push_back(OneLine(absl::StrJoin(parts, ", ")));
  }
  return lines;
}

Names::Names(const JsonValue& root) {
  const auto fill = [&](Map& map, const char* member) {
    const JsonValue* dictionary = root.Find(member);
    if (dictionary == nullptr) return;
    for (const JsonValue& child : dictionary->children) map.emplace(child.key, &child);
  };
  fill(agents_, "agent_definitions");
  fill(targets_, "target_definitions");
  fill(variables_, "playbook_variables");
}

const JsonValue* Names::Variable(const JsonValue& step, std::string_view name) const {
  if (const JsonValue* own = step.Find("step_variables"); own != nullptr) {
    if (const JsonValue* found = own->Find(name)) return found;
  }
  const auto found = variables_.find(ToAbsl(name));
  return found == variables_.end() ? nullptr : found->second;
}

std::string Names::People(const JsonValue& step) const {
  const auto name_in = [](const Map& map, std::string_view id) {
    const auto found = map.find(ToAbsl(id));
    return NameOf(found == map.end() ? nullptr : found->second, id);
  };
  std::string out;
  const std::string_view agent = step.TextOf("agent");
  if (!agent.empty()) absl::StrAppend(&out, "Who: ", name_in(agents_, agent), ".\n");
  std::vector<std::string> targets;
  if (const JsonValue* list = step.Find("targets")) {
    for (const JsonValue& target : list->children) {
      targets.push_back(name_in(targets_, target.text));
    }
    absl::StrAppend(&out, "On: ", absl::StrJoin(targets, "; "), ".\n");
  }
  const std::string_view owner = step.TextOf("owner");
  if (!owner.empty()) absl::StrAppend(&out, "Owner: ", ToAbsl(owner), ".\n");
  return Lines(out);
}

std::string Names::Variables(const JsonValue& step) const {
  std::set<std::string> names;
  if (const JsonValue* own = step.Find("step_variables")) {
    for (const JsonValue& variable : own->children) names.insert(variable.key);
  }
  for (const char* member : {"in_args", "out_args"}) {
    const JsonValue* list = step.Find(member);
    if (list == nullptr) continue;
    for (const JsonValue& name : list->children) names.insert(name.text);
  }
  for (const char* member : {"description", "condition", "switch"}) {
    AddNamed(step.TextOf(member), names);
  }
  if (const JsonValue* commands = step.Find("commands")) {
    for (const JsonValue& command : commands->children) {
      for (const JsonValue& member : command.children) AddNamed(member.text, names);
    }
  }
  std::string out;
  for (const std::string& name : names) {
    const JsonValue* variable = Variable(step, name);
    if (variable == nullptr) continue;
    const JsonValue* value = variable->Find("value");
    absl::StrAppend(&out, "- `", name, "` (", Flat(variable->TextOf("type")), ")");
    if (value != nullptr && value->is_text()) absl::StrAppend(&out, " = ", Flat(value->text));
    const std::string about = Flat(variable->TextOf("description"));
    absl::StrAppend(&out, about.empty() ? "" : ": ", about, "\n");
  }
  return out.empty() ? out : Lines("Variables:\n\n" + out);
}

std::string Names::Instructions(const JsonValue& step) const {
  std::vector<std::string> paragraphs = {Lines(step.TextOf("description"))};
  if (const int64_t delay = Milliseconds(step, "delay"); delay > 0) {
    paragraphs.push_back(DelayText(delay));
  }
  if (const JsonValue* commands = step.Find("commands")) {
    for (const JsonValue& command : commands->children) {
      paragraphs.push_back(CommandParagraph(command));
    }
  }
  paragraphs.push_back(People(step));
  paragraphs.push_back(Variables(step));
  std::erase(paragraphs, "");
  return absl::StrJoin(paragraphs, "\n\n");
}

playbook::Question Names::Asking(const JsonValue& step, std::string_view variable) const {
  const JsonValue* found = Variable(step, variable);
  const std::string_view type = found == nullptr ? "" : found->TextOf("type");
  playbook::Question question;
  question.type = type == "bool"                        ? playbook::QuestionType::kYesNo
                  : type == "integer" || type == "long" ? playbook::QuestionType::kNumber
                                                        : playbook::QuestionType::kText;
  const std::string about = OneLine(found == nullptr ? "" : found->TextOf("description"));
  question.ask =
      OneLine(absl::StrCat("What is ", ToAbsl(variable), "?", about.empty() ? "" : " ", about));
  return question;
}

}  // namespace tocsin::library::cacao
