#include "clients/chat/conversation/grammar.h"

#include <array>
#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/conversation/verbs.h"
#include "clients/chat/conversation/words.h"
#include "clients/core/names.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

constexpr std::array<std::string_view, 4> kPrefixes = {"/tocsin", "!tocsin", "/inc", "!inc"};
// A word longer than this is no verb, and not worth comparing with one.
constexpr size_t kVerbBytesMax = 24;

absl::Status UnknownVerb(std::string_view word) {
  std::vector<std::string> names;
  for (const VerbHelp& verb : AllVerbs()) names.emplace_back(verb.name);
  const std::string nearest = word.size() > kVerbBytesMax ? "" : NearestWord(word, names);
  return InvalidArgument(
      "UNKNOWN_VERB",
      absl::StrCat("there is no verb '", ToAbsl(word.substr(0, kVerbBytesMax)), "'"),
      nearest.empty() ? std::string("See: help.")
                      : absl::StrCat("Did you mean '", nearest, "'? See: help ", nearest, "."));
}

absl::Status WithUsage(const absl::Status& status, const VerbParser& parser) {
  return InvalidArgument(ReasonOf(status), ToStd(status.message()),
                         absl::StrCat("Write: ", ToAbsl(parser.help.usage)));
}

bool LooksLikeIncident(std::string_view word) {
  return absl::StartsWithIgnoreCase(ToAbsl(word), "INC-");
}

}  // namespace

std::optional<std::string_view> Addressed(std::string_view text, bool addressed) {
  const std::string_view trimmed = ToStd(absl::StripAsciiWhitespace(ToAbsl(text)));
  for (const std::string_view prefix : kPrefixes) {
    if (!absl::StartsWithIgnoreCase(ToAbsl(trimmed), ToAbsl(prefix))) continue;
    const std::string_view rest = trimmed.substr(prefix.size());
    if (rest.empty() || absl::ascii_isspace(static_cast<unsigned char>(rest[0]))) {
      return ToStd(absl::StripAsciiWhitespace(ToAbsl(rest)));
    }
  }
  if (addressed) return trimmed;
  return std::nullopt;
}

bool LooksSecret(std::string_view text) {
  if (absl::StrContains(ToAbsl(text), "PRIVATE KEY-----")) return true;
  constexpr std::string_view kToken = "toc_";
  constexpr size_t kHexMin = 32;
  for (size_t at = text.find(kToken); at != std::string_view::npos;
       at = text.find(kToken, at + 1)) {
    size_t hex = at + kToken.size();
    while (hex < text.size() && absl::ascii_isxdigit(static_cast<unsigned char>(text[hex]))) ++hex;
    if (hex - at - kToken.size() >= kHexMin) return true;
  }
  return false;
}

absl::StatusOr<Request> ParseCommand(std::string_view text, const Hearing& hearing) {
  if (LooksSecret(text)) {
    return InvalidArgument("LOOKS_SECRET",
                           "this message holds a token or a private key; nothing was recorded",
                           "Delete the message, and have what was shown revoked now.");
  }
  Words words(text);
  Request request;
  if (LooksLikeIncident(words.Peek())) {
    TOCSIN_ASSIGN_OR_RETURN(const std::string name, client::IncidentResource(words.Take()));
    request.incident = client::ShortName(name);
  }
  if (words.empty()) {
    request.command = request.incident.empty() ? Command(AskHelp{}) : Command(AskStatus{});
    return request;
  }
  const std::string_view word = words.Take();
  const VerbParser* parser = FindParser(Lower(word));
  if (parser == nullptr) return UnknownVerb(Lower(word));
  if (const absl::Status status = parser->parse(words, hearing, request); !status.ok()) {
    return NextStepOf(status).empty() ? WithUsage(status, *parser) : status;
  }
  if (words.empty()) return request;
  return WithUsage(InvalidArgument("USAGE",
                                   absl::StrCat("'", ToAbsl(words.Peek().substr(0, kVerbBytesMax)),
                                                "' is one word too many"),
                                   ""),
                   *parser);
}

const std::vector<VerbHelp>& AllVerbs() {
  static const std::vector<VerbHelp> all = [] {
    std::vector<VerbHelp> verbs;
    for (const VerbParser& parser : AllParsers()) {
      if (!parser.help.summary.empty()) verbs.push_back(parser.help);
    }
    return verbs;
  }();
  return all;
}

const VerbHelp* FindVerb(std::string_view name) {
  const VerbParser* parser = FindParser(Lower(name));
  return parser == nullptr ? nullptr : &parser->help;
}

}  // namespace tocsin::chat
