// Help that is longer than a verb's own: the environment, and the manual page, which is made from
// the tree of verbs so that it never lags behind it.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace tocsin::cli {

/// The lines of `tocsin help environment`.
std::string EnvironmentHelp();

/// The manual page of the whole program in man(7) form.
std::string ManPage(const CLI::App& app, std::string_view version);

}  // namespace tocsin::cli
