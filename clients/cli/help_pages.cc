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
    {"TOCSIN_PAGER",
     "What shows long texts on a terminal; default PAGER, else less. Empty or cat: nothing does."},
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

std::string EnvironmentHelp() {
  std::string text = "Environment of tocsin (a flag goes before it, it goes before the file):\n";
  for (const Variable& variable : kVariables) {
    absl::StrAppend(&text, "  ", variable.name, "\n      ", variable.text, "\n");
  }
  return text;
}

constexpr char kTimesHelp[] =
    "Times on the command line (WHEN, for --at, --since, --detected and others):\n"
    "  10:42, 10:42:30                      the most recent such moment in the context's zone\n"
    "  -20m, -1h30m, -3d, '20m ago', now    counted from this computer's clock\n"
    "  2026-06-10T10:42:00+02:00            an instant in full\n"
    "  '2026-06-10 10:42[Europe/Brussels]'  a wall time and its zone\n"
    "What is not an instant in full is told back on standard error as it was understood:\n"
    "  --at 10:42 is 2026-06-10T08:42:00Z (10:42:00 Europe/Brussels)\n"
    "Dates to come (--due): 14d, +36h, or 2026-06-24, which means the end of that day.\n"
    "The zone: TOCSIN_ZONE, else tocsin context set --zone, else this computer's.\n";

constexpr char kOfflineHelp[] =
    "When the server is away:\n"
    "  What you saw, did or know waits on this computer (exit code 7, q-1, q-2, …): log, correct,\n"
    "  retract, aware and anchor with --at, impact set, evidence add, transfer and return,\n"
    "  playbook done, skip and answer, review well, bad, lucky, condition, lesson, action and\n"
    "  action-done.\n"
    "  What decides for others, needs a number or cannot be undone is refused (exit code 6).\n"
    "  The next command that reaches the server sends what waits: in order, each write once.\n"
    "  Its time is this computer's clock, and is marked as such.\n"
    "  tocsin queue list        what waits; what was refused, and why\n"
    "  tocsin queue flush       sends it now, also what was refused\n"
    "  tocsin queue drop q-1    gives it up\n";

struct Topic {
  const char* name;
  std::string (*text)();
};
constexpr Topic kTopics[] = {
    {"exit-codes", client::ExitCodesHelp},
    {"environment", EnvironmentHelp},
    {"times", [] { return std::string(kTimesHelp); }},
    {"offline", [] { return std::string(kOfflineHelp); }},
};

}  // namespace

std::vector<std::string> HelpTopics() {
  std::vector<std::string> names;
  for (const Topic& topic : kTopics) names.emplace_back(topic.name);
  return names;
}

std::string HelpOn(std::string_view name) {
  for (const Topic& topic : kTopics) {
    if (name == topic.name) return topic.text();
  }
  return "";
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
  absl::StrAppend(&page, ".SH TIMES\n.nf\n", Roff(kTimesHelp), ".fi\n.SH OFFLINE\n.nf\n",
                  Roff(kOfflineHelp), ".fi\n.SH EXIT STATUS\n.nf\n", Roff(client::ExitCodesHelp()),
                  ".fi\n.SH ENVIRONMENT\n");
  for (const Variable& variable : kVariables) {
    absl::StrAppend(&page, ".TP\n.B ", variable.name, "\n", Roff(variable.text), "\n");
  }
  return page;
}

}  // namespace tocsin::cli
