#include "clients/print/pdf.h"

#include <fstream>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFOutlineDocumentHelper.hh>
#include <qpdf/QPDFPageDocumentHelper.hh>
#include <regex>

#include "absl/strings/match.h"
#include "clients/print/attachment.h"
#include "clients/report/compose.h"
#include "server/base/error.h"
#include "tests/support/catch.h"
#include "tests/unit/report/sample_bundles.h"
#include "tests/unit/report/sample_text.h"

namespace tocsin::print {
namespace {

using report::ReadText;
using report::ReportFolder;

constexpr size_t kBytesMax = 100'000'000;

report::Document DocumentOf(const std::string& text, const std::string& profile = "technical",
                            const std::string& language = "en") {
  const auto bundle = report::ReadBundle(text);
  REQUIRE(bundle.ok());
  return report::Compose(*bundle, report::Profiles().at(profile), report::Languages().at(language),
                         absl::UTCTimeZone());
}

std::string Print(const report::Document& document, const std::string& bundle) {
  const auto pdf = RenderPdf(document, bundle, "INC-2026-0001");
  REQUIRE(pdf.ok());
  return *pdf;
}

struct Opened {
  explicit Opened(const std::string& bytes) : pdf(bytes) {
    file.processMemoryFile("test", pdf.data(), pdf.size());
  }
  std::string pdf;
  QPDF file;
};

// The text of the file as a reader sees it.
std::string TextOf(const std::string& pdf) {
  const std::string path = (ReportFolder() / "text.pdf").string();
  std::ofstream(path, std::ios::binary) << pdf;
  REQUIRE(std::system(("pdftotext -layout " + path + " " + path + ".txt").c_str()) == 0);
  return ReadText(path + ".txt");
}

TEST_CASE("RenderPdf: the same bundle gives the same bytes") {
  const std::string text = report::SampleBundle().dump();

  CHECK(Print(DocumentOf(text), text) == Print(DocumentOf(text), text));
}

TEST_CASE("RenderPdf: title, language, time of the export, outline of the headings") {
  const std::string text = report::SampleBundle().dump();
  Opened opened(Print(DocumentOf(text, "technical", "nl"), text));

  QPDFObjectHandle info = opened.file.getTrailer().getKey("/Info");
  CHECK(info.getKey("/Title").getUTF8Value() == "OEFENING: Post-mortem INC-2026-0001: Ransomware");
  CHECK(info.getKey("/CreationDate").getUTF8Value() == "D:20260611100000Z");
  CHECK(info.getKey("/CreationDate").getStringValue() == info.getKey("/ModDate").getStringValue());
  CHECK(opened.file.getRoot().getKey("/Lang").getUTF8Value() == "nl");
  std::vector<std::string> outline;
  for (auto& item : QPDFOutlineDocumentHelper(opened.file).getTopLevelOutlines()) {
    outline.push_back(item.getTitle());
  }
  REQUIRE(outline.size() > 5);
  CHECK(outline[0] == "Samenvatting");
  CHECK(outline.back() == "Integriteit");
}

TEST_CASE("RenderPdf: every font is inside the file") {
  const std::string text = ReadText(ReportFolder() / "scripts.json");
  Opened opened(Print(DocumentOf(text), text));

  int fonts = 0;
  for (QPDFObjectHandle object : opened.file.getAllObjects()) {
    if (!object.isDictionary() || !object.hasKey("/Type")) continue;
    if (object.getKey("/Type").unparse() != "/FontDescriptor") continue;
    ++fonts;
    const bool inside =
        object.hasKey("/FontFile") || object.hasKey("/FontFile2") || object.hasKey("/FontFile3");
    CHECK(inside);
  }
  CHECK(fonts >= 2);
}

TEST_CASE("RenderPdf: text can be selected and searched; marks and numbers stand on every page") {
  const std::string text = ReadText(ReportFolder() / "hostile.json");
  const std::string pdf = Print(DocumentOf(text), text);
  Opened opened(pdf);
  const size_t pages = QPDFPageDocumentHelper(opened.file).getAllPages().size();

  const std::string words = TextOf(pdf);

  CHECK(pages > 3);
  size_t marked = 0;
  const std::regex mark("DRILL +TLP:AMBER");
  for (std::sregex_iterator at(words.begin(), words.end(), mark), end; at != end; ++at) ++marked;
  CHECK(marked >= pages);
  for (size_t page = 1; page <= pages; ++page) {
    CHECK(absl::StrContains(words, "Page " + std::to_string(page)));
  }
  CHECK(absl::StrContains(words, "<script>document.title='owned'"));
}

TEST_CASE("RenderPdf: nothing in it runs or leads out") {
  const std::string text = ReadText(ReportFolder() / "hostile.json");
  Opened opened(Print(DocumentOf(text), text));

  for (QPDFObjectHandle object : opened.file.getAllObjects()) {
    if (!object.isDictionary() && !object.isStream()) continue;
    QPDFObjectHandle dictionary = object.isStream() ? object.getDict() : object;
    for (const char* key : {"/JS", "/JavaScript", "/URI", "/OpenAction", "/AA", "/Launch"}) {
      INFO(key);
      CHECK_FALSE(dictionary.hasKey(key));
    }
  }
}

TEST_CASE("RenderPdf: the bundle comes out as it went in") {
  const std::string text = ReadText(ReportFolder() / "hostile.json");

  const auto inside = BundleInPdf(Print(DocumentOf(text), text), kBytesMax);

  REQUIRE(inside.ok());
  CHECK(*inside == text);
}

TEST_CASE("BundleInPdf: refuses what holds none, is damaged or too large") {
  const std::string text = report::SampleBundle().dump();
  const std::string pdf = Print(DocumentOf(text), text);
  const auto reason = [](const std::string& file, size_t limit) {
    return std::string(ReasonOf(BundleInPdf(file, limit).status()));
  };

  CHECK(reason(pdf, 100) == "NO_BUNDLE_INSIDE");
  CHECK(reason("%PDF-1.5\nnothing", kBytesMax) == "NO_BUNDLE_INSIDE");
  CHECK(reason(pdf.substr(0, 700), kBytesMax) == "NO_BUNDLE_INSIDE");
  const auto other = Attach(pdf, {.name = "other-bundle.json", .content = "x"});
  REQUIRE(other.ok());
  CHECK(reason(*other, kBytesMax) == "NO_BUNDLE_INSIDE");
}

TEST_CASE("RenderPdf: a board's report of a whole record is one page") {
  const std::string text = report::SampleBundle().dump();
  Opened opened(Print(DocumentOf(text, "board"), text));

  CHECK(QPDFPageDocumentHelper(opened.file).getAllPages().size() == 1);
}

TEST_CASE("RenderPdf: a word without an end is cut and the page goes on") {
  const std::string text = ReadText(ReportFolder() / "scripts.json");
  Opened opened(Print(DocumentOf(text), text));

  const size_t pages = QPDFPageDocumentHelper(opened.file).getAllPages().size();

  CHECK(pages > 2);
  CHECK(pages < 20);
}

}  // namespace
}  // namespace tocsin::print
