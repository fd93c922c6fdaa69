#include "clients/report/profile.h"

#include <regex>
#include <set>

#include "clients/report/compose.h"
#include "clients/report/embedded_files.h"
#include "clients/report/markdown.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/report/sample_bundles.h"
#include "tests/unit/report/sample_text.h"

namespace tocsin::report {
namespace {

std::string WithSections(const std::string& sections) {
  return R"({"name": "x", "purpose": "y", "tlp_ceiling": "amber", "names": "roles", "sections": )" +
         sections + "}";
}

TEST_CASE("Profiles: five, each with a ceiling that fits its readers") {
  std::map<std::string, Tlp> ceilings;
  for (const auto& [name, profile] : Profiles()) ceilings[name] = profile.ceiling;

  CHECK(ceilings == std::map<std::string, Tlp>{{"board", Tlp::kAmberStrict},
                                               {"regulator", Tlp::kAmber},
                                               {"technical", Tlp::kRed},
                                               {"customer", Tlp::kGreen},
                                               {"public", Tlp::kClear}});
}

TEST_CASE("ReadProfile: says what is wrong") {
  CHECK(ReadProfile(WithSections(R"(["summary"])")).ok());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"[]", "is not an object"},
      {"{}", "name or purpose is missing"},
      {WithSections("[]"), "sections is not a list"},
      {WithSections(R"(["sumary"])"), "there is no section \"sumary\""},
      {WithSections("[7]"), "there is no section 7"},
      {R"({"name": "x", "purpose": "y", "tlp_ceiling": "amber", "names": "all"})",
       "names is neither handles nor roles"}};
  for (const auto& [text, message] : cases) {
    INFO(text);
    const auto profile = ReadProfile(text);
    REQUIRE_FALSE(profile.ok());
    CHECK(ReasonOf(profile.status()) == "BAD_PROFILE");
    CHECK_THAT(std::string(profile.status().message()), ContainsSubstring(message));
  }
  CHECK_FALSE(ReadProfile(R"({"name": "x", "purpose": "y", "tlp_ceiling": "blue"})").ok());
}

TEST_CASE("Languages: every language has a word for every key, with the same places in it") {
  const Labels& english = Languages().at("en");
  const std::regex place("\\{[0-9]\\}");
  const auto places = [&](const std::string& text) {
    std::set<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), place), end; at != end; ++at) {
      found.insert(at->str());
    }
    return found;
  };
  REQUIRE(Languages().size() == 3);
  for (const auto& [language, labels] : Languages()) {
    INFO(language);
    CHECK(labels.words().size() == english.words().size());
    for (const auto& [key, word] : english.words()) {
      INFO(key);
      REQUIRE(labels.words().count(key) == 1);
      CHECK_FALSE(labels.words().at(key).empty());
      CHECK(places(labels.words().at(key)) == places(word));
    }
  }
}

TEST_CASE("Languages: every key that the composer asks for has a word, and no word is unused") {
  std::string code;
  for (const char* file :
       {"compose.cc", "compose_evidence.cc", "compose_record.cc", "swim_lanes.cc"}) {
    code += ReadText(std::string(TOCSIN_SOURCE_DIR "/clients/report/") + file);
  }
  for (const char* file : {"management/management.cc", "management/sections.cc", "cli/render.cc"}) {
    code += ReadText(std::string(TOCSIN_SOURCE_DIR "/clients/") + file);
  }
  const auto& words = Languages().at("en").words();
  const std::regex asked("(?:words_|words|labels)\\(\\s*\"([a-z_.]+)\"");
  size_t found = 0;
  for (std::sregex_iterator at(code.begin(), code.end(), asked), end; at != end; ++at) {
    INFO((*at)[1].str());
    CHECK(words.count((*at)[1].str()) == 1);
    ++found;
  }
  CHECK(found > 80);
  for (const auto& [key, word] : words) {
    // Words of the record are looked up by what stands behind the dot.
    const std::string prefix = key.substr(0, key.find('.') + 1);
    const bool by_word = code.find("\"" + prefix + "\"") != std::string::npos;
    INFO(key);
    CHECK((by_word || code.find("\"" + key + "\"") != std::string::npos));
  }
}

TEST_CASE("Compose: every profile in every language, and none shows a key for a word") {
  const auto bundle = ReadBundle(SampleBundle().dump());
  REQUIRE(bundle.ok());
  const std::regex key("(facts|column|origin|notice|integrity|key|kind|state)\\.[a-z_]+");
  for (const auto& [name, profile] : Profiles()) {
    for (const auto& [language, labels] : Languages()) {
      INFO(name << " " << language);
      const std::string text =
          RenderMarkdown(Compose(*bundle, profile, labels, absl::UTCTimeZone()));
      std::smatch found;
      CHECK_FALSE(std::regex_search(text, found, key));
      CHECK(text.find("\n## ") != std::string::npos);
    }
  }
}

TEST_CASE("Compose: a drill says so in its title, its first lines and on every page") {
  const auto bundle = ReadBundle(SampleBundle().dump());
  REQUIRE(bundle.ok());
  for (const auto& [language, word] :
       std::map<std::string, std::string>{{"en", "DRILL"}, {"nl", "OEFENING"}, {"sv", "ÖVNING"}}) {
    const Document document =
        Compose(*bundle, Profiles().at("board"), Languages().at(language), absl::UTCTimeZone());

    CHECK(document.drill == word);
    CHECK(TextOf(document.title).rfind(word + ": ", 0) == 0);
    CHECK(std::holds_alternative<Notice>(document.blocks[0]));
  }
}

}  // namespace
}  // namespace tocsin::report
