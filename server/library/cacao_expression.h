// Our conditions as CACAO says them: comparisons of variables, and the variables they compare. Only
// the cacao_*.cc files include this.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "server/playbook/definition.h"

namespace tocsin::library::cacao {

struct Variable {
  std::string type;
  std::string description;
};

/// Collects the variables that the conditions and questions of one playbook need.
class Variables {
 public:
  explicit Variables(const playbook::Definition& definition);

  /// "__fact_personal_data__:value = 'yes' AND …".
  std::string Expression(const playbook::Condition& condition);
  /// "NOT (…)".
  std::string Opposite(const playbook::Condition& condition);
  /// The variable that the answer to `question` is: "__fact_personal_data__".
  std::string NameOf(const playbook::Question& question);

  const std::map<std::string, Variable>& all() const { return all_; }

 private:
  std::string Name(std::string_view kind, std::string_view name, const char* type,
                   std::string_view description);
  std::string Compared(const std::string& variable, const playbook::Condition& condition);

  absl::flat_hash_map<std::string, const playbook::Question*> questions_;
  std::map<std::string, Variable> all_;
};

}  // namespace tocsin::library::cacao
