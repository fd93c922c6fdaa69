#include "server/library/cacao_native.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/base/digest.h"
#include "server/base/time_text.h"
#include "server/base/view.h"
#include "server/library/cacao_expression.h"
#include "server/library/playbook_reader.h"
#include "server/playbook/graph.h"
#include "server/playbook/validate.h"

namespace tocsin::library::cacao {
namespace {

using playbook::Definition;
using playbook::Step;

// Our extension, and we as its author. Made once; they never change.
std::string ExtensionId() {
  return MadeId("extension-definition", "tocsin-playbook");
}
std::string AuthorId() {
  return MadeId("identity", "tocsin");
}

std::string Uuid(std::string_view name, char version) {
  constexpr size_t kGroups[] = {8, 4, 4, 4, 12};
  std::string hex = Sha256({"tocsin-cacao-id", name}).Hex();
  hex[12] = version;
  hex[16] = "89ab"[static_cast<size_t>(hex[16]) % 4];
  std::string uuid;
  size_t at = 0;
  for (const size_t size : kGroups) {
    absl::StrAppend(&uuid, uuid.empty() ? "" : "-", hex.substr(at, size));
    at += size;
  }
  return uuid;
}

JsonValue Texts(const std::vector<std::string>& texts) {
  JsonValue list = JsonValue::List();
  for (const std::string& text : texts) list.children.push_back(JsonValue::Text(text));
  return list;
}

JsonValue References(const std::vector<std::string>& references) {
  JsonValue list = JsonValue::List();
  for (const std::string& reference : references) {
    JsonValue entry = JsonValue::Map();
    entry.Set("name", JsonValue::Text(reference));
    entry.Set("description", JsonValue::Text(reference));
    list.children.push_back(std::move(entry));
  }
  return list;
}

// What CACAO has no member for, in words.
std::string About(const Step& step) {
  std::vector<std::string> parts;
  if (step.due && step.due->from != playbook::Due::From::kStep) {
    parts.push_back(absl::StrCat("Due within ", FormatSpan(step.due->within), " of ",
                                 step.due->from == playbook::Due::From::kRun
                                     ? "the start"
                                     : "the instant " + step.due->anchor,
                                 "."));
  }
  if (!step.evidence.empty()) {
    parts.push_back(absl::StrCat("Evidence to hand in: ", playbook::EvidenceText(step), "."));
  }
  if (step.mandatory) parts.emplace_back("Mandatory: the incident is not closed before.");
  return absl::StrJoin(parts, " ");
}

// Steps by level: each waits only for those of the levels before.
std::vector<std::vector<size_t>> Levels(const Definition& definition) {
  const playbook::Graph graph(definition);
  const playbook::Waits waits = playbook::WaitsOf(definition, graph);
  playbook::Waits waited_for_by(waits.size());
  std::vector<size_t> open(waits.size());
  std::vector<size_t> level(waits.size(), 0);
  std::vector<size_t> ready;
  for (size_t i = 0; i < waits.size(); ++i) {
    open[i] = waits[i].size();
    if (open[i] == 0) ready.push_back(i);
    for (const size_t other : waits[i]) waited_for_by[other].push_back(i);
  }
  for (size_t next = 0; next < ready.size(); ++next) {
    for (const size_t waiting : waited_for_by[ready[next]]) {
      level[waiting] = std::max(level[waiting], level[ready[next]] + 1);
      if (--open[waiting] == 0) ready.push_back(waiting);
    }
  }
  std::vector<std::vector<size_t>> levels;
  for (size_t i = 0; i < level.size(); ++i) {
    if (level[i] >= levels.size()) levels.resize(level[i] + 1);
    levels[level[i]].push_back(i);
  }
  return levels;
}

class Writer {
 public:
  Writer(const Definition& definition, const CacaoIdOfPlaybook& cacao_id_of)
      : definition_(definition), cacao_id_of_(cacao_id_of), variables_(definition) {}

  JsonValue Write(std::string_view yaml, const Dates& dates);

 private:
  std::string Id(std::string_view type, std::string_view what) const {
    return absl::StrCat(
        ToAbsl(type), "--",
        Uuid(absl::StrCat(definition_.id, "/", ToAbsl(type), "/", ToAbsl(what)), '4'));
  }
  std::string Put(std::string_view type, std::string_view what, JsonValue step);
  std::string End(std::string_view what) { return Put("end", what, Named("")); }
  static JsonValue Named(std::string_view name);
  std::string Block(const Step& step, const std::string& next);
  std::string Action(const Step& step, const std::string& next);
  std::string PlaybookAction(const Step& step, const std::string& next);
  std::string Start();

  const Definition& definition_;
  const CacaoIdOfPlaybook& cacao_id_of_;
  Variables variables_;
  std::map<std::string, std::string> agents_;  // by id: role
  std::vector<JsonValue> steps_;
};

JsonValue Writer::Named(std::string_view name) {
  JsonValue step = JsonValue::Map();
  if (!name.empty()) step.Set("name", JsonValue::Text(name));
  return step;
}

// Adds a step and gives its id.
std::string Writer::Put(std::string_view type, std::string_view what, JsonValue step) {
  step.key = Id(type, what);
  step.Set("type", JsonValue::Text(type));
  steps_.push_back(std::move(step));
  return steps_.back().key;
}

std::string Writer::PlaybookAction(const Step& step, const std::string& next) {
  JsonValue action = Named(step.title);
  const std::string about = About(step);
  action.Set("description",
             JsonValue::Text(absl::StrCat(step.instructions, about.empty() ? "" : "\n\n", about)));
  action.Set("playbook_id", JsonValue::Text(cacao_id_of_(step.playbook)));
  action.Set("on_completion", JsonValue::Text(next));
  return Put("playbook-action", step.id, std::move(action));
}

std::string Writer::Action(const Step& step, const std::string& next) {
  const std::string role(ToText(step.role));
  const std::string agent = absl::StrCat("group--", Uuid("role/" + role, '4'));
  agents_[agent] = role;
  JsonValue command = JsonValue::Map();
  command.Set("type", JsonValue::Text("manual"));
  command.Set("command", JsonValue::Text(step.instructions));

  JsonValue action = Named(step.title);
  if (const std::string about = About(step); !about.empty()) {
    action.Set("description", JsonValue::Text(about));
  }
  if (!step.references.empty()) action.Set("external_references", References(step.references));
  if (step.due && step.due->from == playbook::Due::From::kStep) {
    action.Set("timeout", JsonValue::Number(absl::ToInt64Milliseconds(step.due->within)));
  }
  action.Set("commands", JsonValue::List({std::move(command)}));
  action.Set("agent", JsonValue::Text(agent));
  std::vector<std::string> asked;
  for (const playbook::Question& question : step.questions) {
    std::string name = variables_.NameOf(question);
    if (std::find(asked.begin(), asked.end(), name) == asked.end()) asked.push_back(name);
  }
  if (!asked.empty()) action.Set("out_args", Texts(asked));
  action.Set("on_completion", JsonValue::Text(next));
  return Put("action", step.id, std::move(action));
}

// A step with the loop and the condition around it; gives the id of the outermost.
std::string Writer::Block(const Step& step, const std::string& next) {
  const auto inside = [&](const std::string& behind) {
    return step.playbook.empty() ? Action(step, behind) : PlaybookAction(step, behind);
  };
  const auto repeated = [&](const std::string& behind) {
    if (!step.repeat) return inside(behind);
    JsonValue loop = Named(absl::StrCat("Repeat: ", step.title));
    loop.Set("condition", JsonValue::Text(variables_.Opposite(step.repeat->until)));
    loop.Set("on_true", JsonValue::Text(inside(End(step.id + "/round"))));
    loop.Set("on_completion", JsonValue::Text(behind));
    return Put("while-condition", step.id, std::move(loop));
  };
  if (!step.when) return repeated(next);
  JsonValue branch = Named("Only if needed");
  branch.Set("condition", JsonValue::Text(variables_.Expression(*step.when)));
  branch.Set("on_true", JsonValue::Text(repeated(End(step.id + "/taken"))));
  branch.Set("on_completion", JsonValue::Text(next));
  return Put("if-condition", step.id, std::move(branch));
}

// All steps, from the last level to the first; gives the id of the start.
std::string Writer::Start() {
  std::string next = End("last");
  const std::vector<std::vector<size_t>> levels = Levels(definition_);
  for (size_t level = levels.size(); level-- > 0;) {
    const std::vector<size_t>& steps = levels[level];
    if (steps.size() == 1) {
      next = Block(definition_.steps[steps.front()], next);
      continue;
    }
    std::vector<std::string> branches;
    for (const size_t step : steps) {
      const Step& one = definition_.steps[step];
      branches.push_back(Block(one, End(one.id + "/branch")));
    }
    JsonValue parallel = Named("Side by side");
    parallel.Set("next_steps", Texts(branches));
    parallel.Set("on_completion", JsonValue::Text(next));
    next = Put("parallel", absl::StrCat("level ", level), std::move(parallel));
  }
  JsonValue start = Named("Start");
  start.Set("on_completion", JsonValue::Text(next));
  return Put("start", "first", std::move(start));
}

JsonValue OurExtension(std::string_view yaml) {
  JsonValue content = JsonValue::Map();
  content.Set("yaml", JsonValue::Text(yaml));
  JsonValue extensions = JsonValue::Map();
  extensions.Set(ExtensionId(), std::move(content));
  return extensions;
}

JsonValue OurExtensionDefinition() {
  JsonValue definition = JsonValue::Map();
  definition.Set("type", JsonValue::Text("extension-definition"));
  definition.Set("name", JsonValue::Text("Tocsin playbook"));
  definition.Set("description",
                 JsonValue::Text("The playbook in the format of Tocsin, with the exact order, "
                                 "roles, evidence and questions."));
  definition.Set("created_by", JsonValue::Text(AuthorId()));
  definition.Set("schema",
                 JsonValue::Text("A text property 'yaml': a tocsin-playbook-v1 file in YAML."));
  definition.Set("version", JsonValue::Text("1.0.0"));
  JsonValue definitions = JsonValue::Map();
  definitions.Set(ExtensionId(), std::move(definition));
  return definitions;
}

JsonValue Writer::Write(std::string_view yaml, const Dates& dates) {
  const std::string start = Start();
  JsonValue root = JsonValue::Map();
  root.Set("type", JsonValue::Text("playbook"));
  root.Set("spec_version", JsonValue::Text("cacao-2.0"));
  root.Set("id", JsonValue::Text(CacaoIdOf(definition_)));
  root.Set("name", JsonValue::Text(definition_.title));
  root.Set("description", JsonValue::Text(definition_.summary));
  root.Set("created_by", JsonValue::Text(AuthorId()));
  root.Set("created", JsonValue::Text(dates.created));
  root.Set("modified", JsonValue::Text(dates.modified));
  if (!definition_.references.empty()) {
    root.Set("external_references", References(definition_.references));
  }
  JsonValue variables = JsonValue::Map();
  for (const auto& [name, variable] : variables_.all()) {
    JsonValue entry = JsonValue::Map();
    entry.Set("type", JsonValue::Text(variable.type));
    entry.Set("description", JsonValue::Text(variable.description));
    variables.Set(name, std::move(entry));
  }
  if (!variables.children.empty()) root.Set("playbook_variables", std::move(variables));
  root.Set("workflow_start", JsonValue::Text(start));
  JsonValue workflow = JsonValue::Map();
  std::reverse(steps_.begin(), steps_.end());
  workflow.children = std::move(steps_);
  root.Set("workflow", std::move(workflow));
  root.Set("playbook_extensions", OurExtension(yaml));
  JsonValue agents = JsonValue::Map();
  for (const auto& [id, role] : agents_) {
    JsonValue agent = JsonValue::Map();
    agent.Set("type", JsonValue::Text("group"));
    agent.Set("name", JsonValue::Text(role));
    agents.Set(id, std::move(agent));
  }
  if (!agents.children.empty()) root.Set("agent_definitions", std::move(agents));
  root.Set("extension_definitions", OurExtensionDefinition());
  return root;
}

}  // namespace

std::string MadeId(std::string_view type, std::string_view name) {
  return absl::StrCat(ToAbsl(type), "--", Uuid(absl::StrCat(ToAbsl(type), "/", ToAbsl(name)), '5'));
}

JsonValue WriteNative(const Definition& definition, std::string_view yaml, const Dates& dates,
                      const CacaoIdOfPlaybook& cacao_id_of) {
  return Writer(definition, cacao_id_of).Write(yaml, dates);
}

std::optional<ImportedPlaybook> ReadNative(const JsonValue& root, const PlaybookOf& playbook_of) {
  const JsonValue* extensions = root.Find("playbook_extensions");
  const JsonValue* ours = extensions == nullptr ? nullptr : extensions->Find(ExtensionId());
  if (ours == nullptr) return std::nullopt;
  const std::string_view yaml = ours->TextOf("yaml");
  absl::StatusOr<Definition> definition = ReadPlaybook("yaml", yaml);
  if (!definition.ok()) return std::nullopt;
  // A playbook within may have come from elsewhere, under an id of its own.
  std::map<std::string, std::string, std::less<>> ids;
  if (const JsonValue* workflow = root.Find("workflow")) {
    for (const JsonValue& step : workflow->children) {
      const std::string id(step.TextOf("playbook_id"));
      if (!id.empty()) ids.emplace(playbook_of(id), id);
    }
  }
  const auto cacao_id_of = [&](std::string_view id) {
    const auto found = ids.find(id);
    return found == ids.end() ? MadeId("playbook", id) : found->second;
  };
  const Dates dates{std::string(root.TextOf("created")), std::string(root.TextOf("modified"))};
  if (!(WriteNative(*definition, yaml, dates, cacao_id_of) == root)) return std::nullopt;
  ImportedPlaybook imported;
  imported.yaml = std::string(yaml);
  imported.definition = *std::move(definition);
  return imported;
}

}  // namespace tocsin::library::cacao
