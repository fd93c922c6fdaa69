// What members a CACAO playbook has and of what form they are. Agents, targets, markings and
// extensions of others are kept and not interpreted, so they may hold what they like.
#include <algorithm>
#include <array>
#include <span>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/base/error.h"
#include "server/base/text.h"
#include "server/base/view.h"
#include "server/library/cacao_model.h"
#include "server/playbook/definition.h"

namespace tocsin::library::cacao {
namespace {

enum class Form : uint8_t {
  kText,
  kTexts,
  kId,
  kIds,
  kTime,
  kHundred,
  kMilliseconds,
  kBool,
  kMap,
  kDictionary,
  kList,
  kVariables,
  kReferences,
  kCommands,
  kCases,
  kTextOrNull,
  kHeaders,
  kForeign,
};
enum class Need : uint8_t { kOptional, kRequired };

struct Member {
  const char* name;
  Form form;
  Need need = Need::kOptional;
};
using Members = std::span<const Member>;

constexpr Member kPlaybook[] = {{"type", Form::kText, Need::kRequired},
                                {"spec_version", Form::kText, Need::kRequired},
                                {"id", Form::kId, Need::kRequired},
                                {"name", Form::kText, Need::kRequired},
                                {"description", Form::kText},
                                {"playbook_types", Form::kTexts},
                                {"playbook_activities", Form::kTexts},
                                {"playbook_processing_summary", Form::kMap},
                                {"created_by", Form::kId, Need::kRequired},
                                {"created", Form::kTime, Need::kRequired},
                                {"modified", Form::kTime, Need::kRequired},
                                {"revoked", Form::kBool},
                                {"valid_from", Form::kTime},
                                {"valid_until", Form::kTime},
                                {"derived_from", Form::kIds},
                                {"related_to", Form::kIds},
                                {"priority", Form::kHundred},
                                {"severity", Form::kHundred},
                                {"impact", Form::kHundred},
                                {"industry_sectors", Form::kTexts},
                                {"labels", Form::kTexts},
                                {"external_references", Form::kReferences},
                                {"markings", Form::kIds},
                                {"playbook_variables", Form::kVariables},
                                {"workflow_start", Form::kId, Need::kRequired},
                                {"workflow_exception", Form::kId},
                                {"workflow", Form::kDictionary, Need::kRequired},
                                {"playbook_extensions", Form::kDictionary},
                                {"authentication_info_definitions", Form::kDictionary},
                                {"agent_definitions", Form::kForeign},
                                {"target_definitions", Form::kForeign},
                                {"extension_definitions", Form::kDictionary},
                                {"data_marking_definitions", Form::kDictionary},
                                {"signatures", Form::kList}};

constexpr Member kCommon[] = {
    {"type", Form::kText, Need::kRequired}, {"name", Form::kText},
    {"description", Form::kText},           {"external_references", Form::kReferences},
    {"delay", Form::kMilliseconds},         {"timeout", Form::kMilliseconds},
    {"step_variables", Form::kVariables},   {"owner", Form::kId},
    {"step_extensions", Form::kDictionary}};
constexpr Member kNext[] = {
    {"on_completion", Form::kId}, {"on_success", Form::kId}, {"on_failure", Form::kId}};
constexpr Member kStart[] = {{"on_completion", Form::kId, Need::kRequired}};
constexpr Member kAction[] = {{"commands", Form::kCommands, Need::kRequired},
                              {"agent", Form::kId, Need::kRequired},
                              {"targets", Form::kIds},
                              {"in_args", Form::kTexts},
                              {"out_args", Form::kTexts}};
constexpr Member kPlaybookAction[] = {{"playbook_id", Form::kId, Need::kRequired},
                                      {"playbook_version", Form::kTime},
                                      {"in_args", Form::kTexts},
                                      {"out_args", Form::kTexts}};
constexpr Member kParallel[] = {{"next_steps", Form::kIds, Need::kRequired}};
constexpr Member kIf[] = {{"condition", Form::kText, Need::kRequired},
                          {"on_true", Form::kId, Need::kRequired},
                          {"on_false", Form::kId}};
constexpr Member kWhile[] = {{"condition", Form::kText, Need::kRequired},
                             {"on_true", Form::kId, Need::kRequired}};
constexpr Member kSwitch[] = {{"switch", Form::kText, Need::kRequired},
                              {"cases", Form::kCases, Need::kRequired}};

constexpr Member kVariable[] = {{"type", Form::kText, Need::kRequired},
                                {"description", Form::kText},
                                {"value", Form::kTextOrNull},
                                {"constant", Form::kBool},
                                {"external", Form::kBool}};
constexpr Member kReference[] = {{"name", Form::kText, Need::kRequired},
                                 {"description", Form::kText},
                                 {"source", Form::kText},
                                 {"url", Form::kText},
                                 {"external_id", Form::kText},
                                 {"reference_id", Form::kText}};
constexpr Member kCommand[] = {{"type", Form::kText, Need::kRequired},
                               {"description", Form::kText},
                               {"version", Form::kText},
                               {"playbook_activity", Form::kText},
                               {"external_references", Form::kReferences},
                               {"command", Form::kText},
                               {"command_b64", Form::kText},
                               {"headers", Form::kHeaders},
                               {"content", Form::kText},
                               {"content_b64", Form::kText}};

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

// "action--" and a UUID of RFC 4122.
bool IsId(std::string_view id) {
  constexpr size_t kUuid = 36;
  if (id.size() < kUuid + 3 || id.size() > 200) return false;
  const std::string_view uuid = id.substr(id.size() - kUuid);
  const std::string_view type = id.substr(0, id.size() - kUuid - 2);
  if (id.substr(type.size(), 2) != "--") return false;
  const bool typed = std::all_of(type.begin(), type.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  return typed && type.front() >= 'a' && type.front() <= 'z' && uuid[8] == '-' && uuid[13] == '-' &&
         uuid[18] == '-' && uuid[23] == '-' && IsHex(uuid.substr(0, 8)) &&
         IsHex(uuid.substr(9, 4)) && IsHex(uuid.substr(14, 4)) && IsHex(uuid.substr(19, 4)) &&
         IsHex(uuid.substr(24)) && uuid[14] >= '1' && uuid[14] <= '5' &&
         std::string_view("89abAB").find(uuid[19]) != std::string_view::npos;
}

bool IsVariableName(std::string_view name) {
  constexpr size_t kBytesMax = 205;
  return name.size() >= 5 && name.size() <= kBytesMax && absl::StartsWith(ToAbsl(name), "__") &&
         absl::EndsWith(ToAbsl(name), "__") && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

bool IsCase(std::string_view name) {
  return !name.empty() && name.size() <= playbook::kChoiceBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

std::string Shown(std::string_view text) {
  constexpr size_t kBytesShown = 80;
  return absl::StrCat("'", ToAbsl(text.substr(0, kBytesShown)),
                      text.size() > kBytesShown ? "…'" : "'");
}

class Checker {
 public:
  explicit Checker(Findings& findings) : findings_(findings) {}

  void Root(const JsonValue& root);
  void OneStep(const JsonValue& step);

 private:
  void MembersOf(const JsonValue& map, const std::string& pointer, std::string_view what,
                 std::initializer_list<Members> known);
  void One(const JsonValue& value, const std::string& pointer, Form form);
  void Scalar(const JsonValue& value, const std::string& pointer, Form form);
  void Each(const JsonValue& value, const std::string& pointer, Form form);
  void Maps(const JsonValue& value, const std::string& pointer, std::string_view what,
            Members known);
  void Dictionary(const JsonValue& value, const std::string& pointer, Form form);
  void Bad(const std::string& pointer, std::string_view what, std::string_view next_step) {
    findings_.Add(kInvalid, pointer, what, next_step);
  }
  // False, with a finding, when it is not.
  bool Is(const JsonValue& value, JsonValue::Kind kind, const std::string& pointer,
          std::string_view what);

  Findings& findings_;
};

bool Checker::Is(const JsonValue& value, JsonValue::Kind kind, const std::string& pointer,
                 std::string_view what) {
  if (value.kind == kind) return true;
  Bad(pointer, absl::StrCat("this is not ", ToAbsl(what)), "Write it as CACAO 2.0 has it.");
  return false;
}

void Checker::MembersOf(const JsonValue& map, const std::string& pointer, std::string_view what,
                        std::initializer_list<Members> known) {
  if (!Is(map, JsonValue::Kind::kMap, pointer, "a map")) return;
  std::vector<std::string> names;
  for (const Members& members : known) {
    for (const Member& member : members) {
      names.emplace_back(member.name);
      if (member.need == Need::kRequired && map.Find(member.name) == nullptr) {
        Bad(pointer, absl::StrCat("'", member.name, "' is missing in ", ToAbsl(what)),
            "CACAO 2.0 demands it.");
      }
    }
  }
  for (const JsonValue& child : map.children) {
    const std::string place = pointer + PointerPart(child.key);
    const Member* found = nullptr;
    for (const Members& members : known) {
      for (const Member& member : members) {
        if (child.key == member.name) found = &member;
      }
    }
    if (found != nullptr) {
      One(child, place, found->form);
      continue;
    }
    const std::string nearest = NearestWord(child.key, names);
    Bad(place, absl::StrCat(Shown(child.key), " is no member of ", ToAbsl(what)),
        nearest.empty() ? "Take it away; what is not in the standard stands in an extension."
                        : absl::StrCat("Did you mean '", nearest, "'?"));
  }
}

void Checker::Each(const JsonValue& value, const std::string& pointer, Form form) {
  if (!Is(value, JsonValue::Kind::kList, pointer, "a list")) return;
  if (value.children.empty()) {
    Bad(pointer, "the list is empty", "Take the member away, or name something.");
  }
  for (size_t i = 0; i < value.children.size(); ++i) {
    One(value.children[i], absl::StrCat(pointer, "/", i), form);
  }
}

void Checker::Maps(const JsonValue& value, const std::string& pointer, std::string_view what,
                   Members known) {
  Each(value, pointer, Form::kMap);
  if (!value.is_list()) return;
  for (size_t i = 0; i < value.children.size(); ++i) {
    if (!value.children[i].is_map()) continue;
    MembersOf(value.children[i], absl::StrCat(pointer, "/", i), what, {known});
  }
}

void Checker::Scalar(const JsonValue& value, const std::string& pointer, Form form) {
  if (form == Form::kTextOrNull && value.kind == JsonValue::Kind::kNull) return;
  if (form == Form::kBool) {
    Is(value, JsonValue::Kind::kBool, pointer, "true or false");
    return;
  }
  if (form == Form::kHundred || form == Form::kMilliseconds) {
    int64_t number = 0;
    const int64_t max =
        form == Form::kHundred ? 100 : absl::ToInt64Milliseconds(playbook::kSpanMax);
    if (value.kind == JsonValue::Kind::kNumber && absl::SimpleAtoi(value.text, &number) &&
        number >= 0 && number <= max) {
      return;
    }
    Bad(pointer, absl::StrCat("this is not a whole number from 0 to ", max),
        form == Form::kHundred ? "Write it as CACAO 2.0 has it."
                               : "Give milliseconds; at most 366 days fit.");
    return;
  }
  if (!Is(value, JsonValue::Kind::kText, pointer, "a text")) return;
  if (form == Form::kId && !IsId(value.text)) {
    Bad(pointer, absl::StrCat(Shown(value.text), " is not an id"),
        "An id is a type, '--' and a UUID.");
  }
  absl::Time time;
  if (form == Form::kTime && (!absl::EndsWith(value.text, "Z") ||
                              !absl::ParseTime(absl::RFC3339_full, value.text, &time, nullptr))) {
    Bad(pointer, absl::StrCat(Shown(value.text), " is not a time in UTC"),
        "Write it like 2026-06-10T08:15:00.000Z.");
  }
}

void Checker::One(const JsonValue& value, const std::string& pointer, Form form) {
  switch (form) {
    case Form::kTexts:
      Each(value, pointer, Form::kText);
      return;
    case Form::kIds:
      Each(value, pointer, Form::kId);
      return;
    case Form::kReferences:
      Maps(value, pointer, "an external reference", kReference);
      return;
    case Form::kCommands:
      Maps(value, pointer, "a command", kCommand);
      for (size_t i = 0; i < value.children.size(); ++i) {
        const JsonValue& command = value.children[i];
        if (!command.TextOf("command").empty() || !command.TextOf("command_b64").empty()) continue;
        Bad(absl::StrCat(pointer, "/", i), "the command says nothing",
            "Give 'command' or 'command_b64'.");
      }
      return;
    case Form::kVariables:
    case Form::kCases:
    case Form::kForeign:
    case Form::kDictionary:
    case Form::kHeaders:
      if (!Is(value, JsonValue::Kind::kMap, pointer, "a map")) return;
      break;
    case Form::kMap:
      Is(value, JsonValue::Kind::kMap, pointer, "a map");
      return;
    case Form::kList:
      Is(value, JsonValue::Kind::kList, pointer, "a list");
      return;
    default:
      Scalar(value, pointer, form);
      return;
  }
  Dictionary(value, pointer, form);
}

// The members of a dictionary, whose keys the author chose.
void Checker::Dictionary(const JsonValue& value, const std::string& pointer, Form form) {
  for (const JsonValue& child : value.children) {
    const std::string place = pointer + PointerPart(child.key);
    if (form == Form::kVariables) {
      if (!IsVariableName(child.key)) {
        Bad(place, absl::StrCat(Shown(child.key), " is no name of a variable"),
            "Write it with two underscores before and behind.");
      }
      MembersOf(child, place, "a variable", {kVariable});
    } else if (form == Form::kCases) {
      if (!IsCase(child.key)) {
        Bad(place, absl::StrCat(Shown(child.key), " is no case"),
            "Use letters, digits, _ and -, at most 100.");
      }
      One(child, place, Form::kId);
    } else if (form == Form::kHeaders) {
      Each(child, place, Form::kText);
    } else {
      if (!IsId(child.key)) {
        Bad(place, absl::StrCat(Shown(child.key), " is not an id"),
            "An id is a type, '--' and a UUID.");
      }
      if (!Is(child, JsonValue::Kind::kMap, place, "a map") || form != Form::kForeign) continue;
      for (const char* member : {"type", "name"}) {
        if (child.TextOf(member).empty()) {
          Bad(place, absl::StrCat("'", member, "' is missing"), "CACAO 2.0 demands it.");
        }
      }
    }
  }
}

void Checker::Root(const JsonValue& root) {
  if (const JsonValue* workflow = root.Find("workflow");
      workflow != nullptr && workflow->is_list()) {
    Bad("/workflow", "the workflow is a list; in CACAO 2.0 it is a map of steps by their id",
        "Make each step's id its key.");
    return;
  }
  MembersOf(root, "", "a playbook", {kPlaybook});
  if (root.Find("authentication_info_definitions") != nullptr) {
    findings_.Add(kNotSupported, "/authentication_info_definitions",
                  "authentication information is not imported: a playbook is read by many",
                  "Take it away, with what refers to it. No command is run, so nothing needs it.");
  }
  if (const JsonValue* revoked = root.Find("revoked"); revoked != nullptr && revoked->flag) {
    findings_.Add(kNotSupported, "/revoked", "its author has revoked this playbook",
                  "Ask the author for the one that replaces it.");
  }
  if (!absl::StartsWith(ToAbsl(root.TextOf("id")), "playbook--")) {
    Bad("/id", "the id of a playbook begins with 'playbook--'", "Correct the id.");
  }
}

void Checker::OneStep(const JsonValue& step) {
  const std::string pointer = "/workflow" + PointerPart(step.key);
  const std::string_view type = step.TextOf("type");
  const auto check = [&](std::initializer_list<Members> known) {
    MembersOf(step, pointer, absl::StrCat("a step of type ", ToAbsl(type)), known);
  };
  if (type == "start") {
    check({kCommon, kStart});
  } else if (type == "end") {
    check({kCommon});
  } else if (type == "action") {
    check({kCommon, kNext, kAction});
  } else if (type == "playbook-action") {
    check({kCommon, kNext, kPlaybookAction});
  } else if (type == "parallel") {
    check({kCommon, kNext, kParallel});
  } else if (type == "if-condition") {
    check({kCommon, kNext, kIf});
  } else if (type == "while-condition") {
    check({kCommon, kNext, kWhile});
  } else if (type == "switch-condition") {
    check({kCommon, kNext, kSwitch});
  } else {
    return;  // named by ReadWorkflow
  }
  const bool both = step.Find("on_completion") != nullptr &&
                    (step.Find("on_success") != nullptr || step.Find("on_failure") != nullptr);
  if (both) {
    Bad(pointer, "on_completion stands beside on_success or on_failure",
        "Use on_completion alone, or the other two.");
  }
}

}  // namespace

void Findings::Add(std::string_view reason, std::string_view pointer, std::string_view what,
                   std::string_view next_step) {
  if (problems_.size() >= 100) return;
  problems_.push_back(InvalidArgument(
      reason, absl::StrCat(file_, ": ", ToAbsl(pointer), pointer.empty() ? "" : ": ", ToAbsl(what)),
      next_step));
}

void CheckForm(const JsonValue& root, Findings& findings) {
  if (!root.is_map() || root.TextOf("type") != "playbook") {
    findings.Add(kInvalid, "/type", "this is no CACAO playbook",
                 "A CACAO playbook is a JSON map with the type 'playbook'.");
    return;
  }
  if (root.TextOf("spec_version") != "cacao-2.0") {
    findings.Add(kNotSupported, "/spec_version",
                 absl::StrCat(Shown(root.TextOf("spec_version")), " is not read; cacao-2.0 is"),
                 "Convert the playbook to CACAO 2.0 first.");
    return;
  }
  Checker checker(findings);
  checker.Root(root);
  const JsonValue* workflow = root.Find("workflow");
  if (workflow == nullptr || !workflow->is_map()) return;
  for (const JsonValue& step : workflow->children) {
    if (step.is_map()) checker.OneStep(step);
  }
}

}  // namespace tocsin::library::cacao
