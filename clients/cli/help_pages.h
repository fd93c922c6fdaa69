// Help that is longer than a verb's own: topics, and the manual page, which is made from the tree
// of verbs so that it never lags behind it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace tocsin::cli {

/// The topics of `tocsin help TOPIC` that are no verbs.
std::vector<std::string> HelpTopics();
/// The lines on one of them; empty for another word.
std::string HelpOn(std::string_view topic);

/// The manual page of the whole program in man(7) form.
std::string ManPage(const CLI::App& app, std::string_view version);

}  // namespace tocsin::cli
