// Writes a definition as a playbook file, so that reading it gives the same definition again. For
// playbooks that come from another format; those that people write keep their own layout.
#pragma once

#include <string>
#include <string_view>

#include "server/playbook/definition.h"

namespace tocsin::library {

/// The file, with `comment` (one line) at its top.
std::string WritePlaybook(const playbook::Definition& definition, std::string_view comment);

}  // namespace tocsin::library
