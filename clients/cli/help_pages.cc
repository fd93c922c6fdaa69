#include "clients/cli/help_pages.h"

#include <CLI/CLI.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/core/errors.h"
#include "server/base/view.h"

namespace tocsin::cli {
namespace {

struct Variable {
  const char* name;
  const char* text;
};
constexpr Variable kVariables[] = {
    {"TOCSIN_CONTEXT", "Named context, before the file's current one; after --context."},
    {"TOCSIN_SERVER", "HOST:PORT, before the context's; after --server."},
    {"TOCSIN_INCIDENT", "Incident, before the one in use; after --incident."},
    {"TOCSIN_ZONE", "IANA zone of clock times such as 10:42, before the context's."},
    {"TOCSIN_TOKEN_FILE", "File that holds the token, mode 0600. No flag takes a secret."},
    {"TOCSIN_CONFIG_DIR",
     "Folder of the configuration; default $XDG_CONFIG_HOME/tocsin, else "
     "~/.config/tocsin."},
    {"TOCSIN_STATE_DIR",
     "Folder of the offline queue and the checkpoints seen; default "
     "TOCSIN_CONFIG_DIR/state when that is set, else $XDG_STATE_HOME/tocsin, "
     "else ~/.local/state/tocsin."},
    {"NO_COLOR", "Set to anything: no colour. --colour goes before it."},
    {"TERM", "dumb: no colour, and watch prints lines."},
};

// Text as man(7) takes it: nothing in it is a request, and a dash can be copied.
std::string Roff(std::string_view text) {
  std::string out;
  for (absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
    if (!out.empty()) out += "\n";
    if (absl::StartsWith(line, ".") || absl::StartsWith(line, "'")) out += "\\&";
    out += absl::StrReplaceAll(line, {{"\\", "\\e"}, {"-", "\\-"}});
  }
  return out;
}

std::string NameOf(const CLI::Option& option) {
  std::string name = option.get_positional() ? option.get_name(/*positional=*/true)
                                             : option.get_name(/*positional=*/false);
  // Flags take no value and have no type.
  if (!option.get_positional() && option.get_expected_max() > 0 &&
      !option.get_type_name().empty()) {
    absl::StrAppend(&name, " ", option.get_type_name());
  }
  return name;
}

void AppendOptions(const CLI::App& app, std::string& page) {
  for (const CLI::Option* option : app.get_options()) {
    if (option == app.get_help_ptr()) continue;
    absl::StrAppend(&page, ".TP\n.B ", Roff(NameOf(*option)), "\n", Roff(option->get_description()),
                    "\n");
  }
}

std::vector<const CLI::App*> ChildrenOf(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

void AppendVerbs(const CLI::App& app, const std::string& path, std::string& page) {
  for (const CLI::App* child : ChildrenOf(app)) {
    const std::string name = absl::StrCat(path, " ", child->get_name());
    absl::StrAppend(&page, ".SS \"", Roff(name), "\"\n", Roff(child->get_description()), ".\n");
    AppendOptions(*child, page);
    // The examples stand in the footer, under a heading of their own.
    if (!child->get_footer().empty()) {
      absl::StrAppend(&page, ".PP\n.nf\n", Roff(child->get_footer()), "\n.fi\n");
    }
    AppendVerbs(*child, name, page);
  }
}

}  // namespace

std::string EnvironmentHelp() {
  std::string text = "Environment of tocsin (a flag goes before it, it goes before the file):\n";
  for (const Variable& variable : kVariables) {
    absl::StrAppend(&text, "  ", variable.name, "\n      ", variable.text, "\n");
  }
  return text;
}

std::string ManPage(const CLI::App& app, std::string_view version) {
  std::string page =
      absl::StrCat(".TH TOCSIN 1 \"\" \"tocsin ", ToAbsl(version), "\" \"Tocsin\"\n",
                   ".SH NAME\ntocsin \\- ", Roff(app.get_description()),
                   "\n.SH SYNOPSIS\n.B tocsin\n[\\fIoption\\fR ...] \\fIverb\\fR ...\n",
                   ".SH DESCRIPTION\n.nf\n", Roff(app.get_footer()), "\n.fi\n.SH OPTIONS\n");
  AppendOptions(app, page);
  page += ".SH VERBS\n";
  AppendVerbs(app, "tocsin", page);
  absl::StrAppend(&page, ".SH EXIT STATUS\n.nf\n", Roff(client::ExitCodesHelp()),
                  ".fi\n.SH ENVIRONMENT\n");
  for (const Variable& variable : kVariables) {
    absl::StrAppend(&page, ".TP\n.B ", variable.name, "\n", Roff(variable.text), "\n");
  }
  return page;
}

}  // namespace tocsin::cli
