// CACAO playbooks for tests: written by hand in few words, or generated.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tocsin::library {

/// "action--00000000-0000-4000-8000-000000000007".
inline std::string Id(std::string_view type, uint64_t number) {
  return absl::StrCat(std::string(type), "--00000000-0000-4000-8000-",
                      absl::StrFormat("%012d", number));
}

/// A playbook with this workflow, which begins with start 1. Agent 1 and end 1 are there.
inline nlohmann::json Cacao(nlohmann::json workflow) {
  const std::string agent = Id("individual", 1);
  if (!workflow.contains(Id("end", 1))) workflow[Id("end", 1)] = {{"type", "end"}};
  return {{"type", "playbook"},
          {"spec_version", "cacao-2.0"},
          {"id", Id("playbook", 1)},
          {"name", "Contain a host"},
          {"description", "For hosts."},
          {"playbook_types", {"mitigation"}},
          {"created_by", Id("identity", 1)},
          {"created", "2026-01-01T00:00:00.000Z"},
          {"modified", "2026-02-03T04:05:06.789Z"},
          {"workflow_start", Id("start", 1)},
          {"workflow_exception", Id("end", 1)},
          {"workflow", std::move(workflow)},
          {"agent_definitions", {{agent, {{"type", "individual"}, {"name", "Ada"}}}}}};
}

inline nlohmann::json Start(const std::string& next) {
  return {{"type", "start"}, {"on_completion", next}};
}

/// A manual action that leads to `next` on completion; empty: to nothing.
inline nlohmann::json Action(std::string_view name, const std::string& next) {
  nlohmann::json action = {
      {"type", "action"},
      {"name", std::string(name)},
      {"commands", {{{"type", "manual"}, {"command", absl::StrCat("Do ", std::string(name))}}}},
      {"agent", Id("individual", 1)}};
  if (!next.empty()) action["on_completion"] = next;
  return action;
}

}  // namespace tocsin::library
