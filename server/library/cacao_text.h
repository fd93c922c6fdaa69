// The words of an imported CACAO step: what a person reads who carries it out. Everything that the
// standard would have a machine do is shown in full and marked as not run. Only the cacao_*.cc
// files include this.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/library/cacao_model.h"
#include "server/playbook/question.h"

namespace tocsin::library::cacao {

/// `text` as one line of at most kLineBytesMax bytes.
std::string OneLine(std::string_view text);
/// The same, however long.
std::string Flat(std::string_view text);
/// One line for each external reference of a playbook or step.
std::vector<std::string> ReferenceLines(const JsonValue& owner);

/// The definitions that steps name. Refers into the playbook, which must outlive it.
class Names {
 public:
  explicit Names(const JsonValue& root);

  /// Description, commands, agent, targets, variables and delay of `step`.
  std::string Instructions(const JsonValue& step) const;
  /// The question that asks for the value of `variable`, which `step` gives back; without an id.
  playbook::Question Asking(const JsonValue& step, std::string_view variable) const;

 private:
  using Map = absl::flat_hash_map<std::string, const JsonValue*>;
  const JsonValue* Variable(const JsonValue& step, std::string_view name) const;
  std::string People(const JsonValue& step) const;
  std::string Variables(const JsonValue& step) const;

  Map agents_;
  Map targets_;
  Map variables_;
};

}  // namespace tocsin::library::cacao
