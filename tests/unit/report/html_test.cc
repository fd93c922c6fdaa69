#include "clients/report/html.h"

#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "clients/report/compose.h"
#include "clients/report/gzip.h"
#include "clients/report/html_text.h"
#include "server/base/digest.h"
#include "server/base/encoding.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/report/sample_bundles.h"
#include "tests/unit/report/sample_text.h"

namespace tocsin::report {
namespace {

constexpr size_t kBytesMax = 100'000'000;

std::string Page(const std::string& text, const std::string& profile = "technical",
                 const std::string& language = "en") {
  const auto bundle = ReadBundle(text);
  REQUIRE(bundle.ok());
  return RenderHtml(
      Compose(*bundle, Profiles().at(profile), Languages().at(language), absl::UTCTimeZone()), text,
      bundle->incident.number, "Save:");
}

size_t Count(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The names of all tags in the page.
std::map<std::string, size_t> TagsOf(const std::string& page) {
  std::map<std::string, size_t> tags;
  const std::regex tag("<([a-zA-Z][a-zA-Z0-9]*)");
  for (std::sregex_iterator at(page.begin(), page.end(), tag), end; at != end; ++at) {
    ++tags[(*at)[1].str()];
  }
  return tags;
}

TEST_CASE("RenderHtml: a page with language, headings, captions and scopes") {
  const std::string page = Page(SampleBundle().dump(), "technical", "nl");

  CHECK(absl::StartsWith(page, "<!DOCTYPE html>\n<html lang=\"nl\">"));
  CHECK(Count(page, "<h1>") == 1);
  CHECK(absl::StrContains(page, "<h2>Tijdlijn</h2>"));
  CHECK(Count(page, "<table") == Count(page, "<caption>"));
  CHECK(Count(page, "<th>") == 0);
  CHECK(absl::StrContains(page, "<th scope=\"col\">Wat</th>"));
  CHECK(absl::StrContains(page, "<th scope=\"row\">Organisatie</th>"));
  CHECK(absl::StrContains(page, "<p class=\"banner drill\">OEFENING"));
  CHECK(absl::StrContains(page, "<s>Isolated 12 hosts</s> <strong>verbeterd door #3:</strong>"));
  CHECK(absl::StrContains(page, "<tr id=\"e2\">"));
  CHECK(absl::StrContains(page, "<a href=\"#e2\">#2</a>"));
  CHECK(absl::StrContains(page, "role=\"img\" aria-labelledby=\"figure-1-title figure-1-text\""));
}

TEST_CASE("RenderHtml: the policy allows nothing but the page's own style") {
  const std::string page = Page(SampleBundle().dump());
  const size_t start = page.find("<style>") + 7;
  const std::string style = page.substr(start, page.find("</style>") - start);

  CHECK(absl::StrContains(page, "content=\"default-src 'none'; style-src 'sha256-" +
                                    Base64Encode(Sha256(style).view()) +
                                    "'; base-uri 'none'; form-action 'none'\""));
  // The policy stands before anything that it governs.
  CHECK(page.find("Content-Security-Policy") < page.find("<style>"));
  CHECK(Count(page, "<style>") == 1);
  CHECK(Count(page, " style=") == 0);
  CHECK_FALSE(absl::StrContains(style, "url("));
  CHECK_FALSE(absl::StrContains(style, "@import"));
}

TEST_CASE("RenderHtml: hostile text makes no tag, no attribute and no address") {
  const std::string hostile = ReadText(ReportFolder() / "hostile.json");
  const std::map<std::string, size_t> allowed = TagsOf(Page(SampleBundle().dump()));
  for (const auto& [name, profile] : Profiles()) {
    INFO(name);
    const std::string page = Page(hostile, name);

    for (const auto& [tag, count] : TagsOf(page)) {
      INFO(tag);
      // <br> is how a line break in somebody's text shows; marks and rows come with entries.
      const bool known = tag == "br" || tag == "circle" || tag == "polygon" || tag == "em" ||
                         allowed.count(tag) != 0;
      CHECK(known);
    }
    CHECK(Count(page, "<script") == 0);
    CHECK(Count(page, "<meta") == 5);
    CHECK(Count(page, "javascript:") == Count(page, "href=&quot;javascript:"));
    CHECK(Count(page, "<a id=\"tocsin-bundle\"") == 1);
    const std::regex remote("(src|href|action|data)=\"(?!#|data:application/gzip;base64,)");
    CHECK_FALSE(std::regex_search(page, remote));
  }
}

TEST_CASE("RenderHtml: the bundle comes out as it went in") {
  const std::string text = ReadText(ReportFolder() / "hostile.json");

  const auto inside = BundleInHtml(Page(text), kBytesMax);

  REQUIRE(inside.ok());
  CHECK(*inside == text);
  CHECK(Page(text) == Page(text));
}

TEST_CASE("BundleInHtml: refuses what is not there, damaged, double or too large") {
  const std::string page = Page(SampleBundle().dump());
  const auto reason = [](const std::string& text, size_t limit = kBytesMax) {
    return std::string(ReasonOf(BundleInHtml(text, limit).status()));
  };
  const size_t link = page.find("<a id=\"tocsin-bundle\"");

  CHECK(reason("<!DOCTYPE html>") == "NO_BUNDLE_INSIDE");
  CHECK(reason(page + page.substr(link)) == "NO_BUNDLE_INSIDE");
  CHECK(reason(page.substr(0, page.size() - 300)) == "NO_BUNDLE_INSIDE");
  std::string damaged = page;
  damaged[page.find("base64,") + 40] ^= 1;
  CHECK(reason(damaged) == "NO_BUNDLE_INSIDE");
  CHECK(reason(page, 100) == "NO_BUNDLE_INSIDE");
}

TEST_CASE("Gzip: any bytes come back; a bomb stops at the limit") {
  for (const std::string& text : {std::string(), std::string(1, '\0'), std::string(300'000, 'x')}) {
    CHECK(Gunzip(Gzip(text), kBytesMax) == text);
  }
  const std::string bomb = Gzip(std::string(50'000'000, 'x'));
  CHECK(bomb.size() < 100'000);
  CHECK_FALSE(Gunzip(bomb, 1'000'000).has_value());
  CHECK_FALSE(Gunzip(Gzip("abc") + "x", kBytesMax).has_value());
  CHECK_FALSE(Gunzip("", kBytesMax).has_value());
}

TEST_CASE("EscapeHtml: shows everything, also what hides") {
  CHECK(EscapeHtml("<a href=\"x\" b='y'>&amp;") ==
        "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;");
  CHECK(EscapeHtml("a\u202Eb\u2066c") == "a\\u202Eb\\u2066c");
  CHECK(EscapeHtml("a\r\nb", "<br>") == "a<br>b");
  CHECK(EscapeHtml(std::string("\0\x1B\x7F", 3)) == "\\u0000\\u001B\\u007F");
  CHECK(EscapeHtml("\xC3") == "\\uFFFD");
  CHECK(EscapeHtml("שלום 東京 👩‍💻") == "שלום 東京 👩‍💻");
}

}  // namespace
}  // namespace tocsin::report
