#include "clients/print/attachment.h"

#include <exception>
#include <memory>
#include <qpdf/Buffer.hh>
#include <qpdf/Pipeline.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFEFStreamObjectHelper.hh>
#include <qpdf/QPDFEmbeddedFileDocumentHelper.hh>
#include <qpdf/QPDFFileSpecObjectHelper.hh>
#include <qpdf/QPDFWriter.hh>
#include <stdexcept>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/view.h"

namespace tocsin::print {
namespace {

constexpr char kSuffix[] = "-bundle.json";

std::string PdfTime(absl::Time time) {
  return absl::FormatTime("D:%Y%m%d%H%M%SZ", time, absl::UTCTimeZone());
}

void AddFile(QPDF& file, const Attachment& attachment) {
  QPDFEFStreamObjectHelper stream =
      QPDFEFStreamObjectHelper::createEFStream(file, std::string(attachment.content));
  stream.setCreationDate(PdfTime(attachment.time));
  stream.setModDate(PdfTime(attachment.time));
  stream.setSubtype("application/json");
  QPDFFileSpecObjectHelper spec =
      QPDFFileSpecObjectHelper::createFileSpec(file, attachment.name, stream);
  // PDF 2.0's word for "the data that this page was made from"; older readers pass over it.
  spec.getObjectHandle().replaceKey("/AFRelationship", QPDFObjectHandle::newName("/Source"));
  QPDFEmbeddedFileDocumentHelper(file).replaceEmbeddedFile(attachment.name, spec);
}

std::string AttachOrThrow(const std::string& pdf, const Attachment& attachment) {
  QPDF file;
  file.setSuppressWarnings(true);
  file.processMemoryFile("report", pdf.data(), pdf.size());
  if (!attachment.content.empty()) AddFile(file, attachment);
  QPDFObjectHandle root = file.getRoot();
  root.replaceKey("/Lang", QPDFObjectHandle::newUnicodeString(attachment.language));
  root.replaceKey("/ViewerPreferences", QPDFObjectHandle::parse("<< /DisplayDocTitle true >>"));
  // Cairo 1.16 leaves the "D:" out, which readers want.
  QPDFObjectHandle info = file.getTrailer().getKey("/Info");
  for (const char* key : {"/CreationDate", "/ModDate"}) {
    if (info.isDictionary()) {
      info.replaceKey(key, QPDFObjectHandle::newString(PdfTime(attachment.time)));
    }
  }
  QPDFWriter writer(file);
  writer.setOutputMemory();
  writer.setDeterministicID(true);
  writer.setObjectStreamMode(qpdf_o_generate);
  writer.write();
  const std::shared_ptr<Buffer> buffer = writer.getBufferSharedPointer();
  return {reinterpret_cast<const char*>(buffer->getBuffer()), buffer->getSize()};
}

// Collects what a stream expands to, up to a limit.
class Bounded : public Pipeline {
 public:
  Bounded(std::string& out, size_t bytes_max)
      : Pipeline("bundle", nullptr), out_(out), bytes_max_(bytes_max) {}
  void write(const unsigned char* data, size_t size) override {
    if (out_.size() + size > bytes_max_) throw std::length_error("it is too large");
    out_.append(reinterpret_cast<const char*>(data), size);
  }
  void finish() override {}

 private:
  std::string& out_;
  size_t bytes_max_;
};

std::string BundleOrThrow(const std::string& pdf, size_t bytes_max) {
  QPDF file;
  file.setSuppressWarnings(true);
  file.processMemoryFile("report", pdf.data(), pdf.size());
  std::string bundle;
  int found = 0;
  for (const auto& [name, spec] : QPDFEmbeddedFileDocumentHelper(file).getEmbeddedFiles()) {
    if (!absl::EndsWith(name, kSuffix)) continue;
    if (++found > 1) throw std::length_error("there are several");
    Bounded bounded(bundle, bytes_max);
    QPDFObjectHandle stream = spec->getEmbeddedFileStream();
    if (!stream.isStream() || !stream.pipeStreamData(&bounded, 0, qpdf_dl_generalized)) {
      throw std::length_error("it is damaged");
    }
  }
  if (found == 0) throw std::length_error("no file that ends in -bundle.json is attached");
  return bundle;
}

}  // namespace

absl::StatusOr<std::string> Attach(const std::string& pdf, const Attachment& attachment) {
  try {
    return AttachOrThrow(pdf, attachment);
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "PDF_NOT_MADE",
                 absl::StrCat("the bundle could not be attached: ", error.what()),
                 "export as html instead, and report this");
  }
}

bool IsPdf(std::string_view text) {
  return absl::StartsWith(ToAbsl(text), "%PDF-");
}

absl::StatusOr<std::string> BundleInPdf(const std::string& pdf, size_t bytes_max) {
  try {
    return BundleOrThrow(pdf, bytes_max);
  } catch (const std::exception& error) {
    return InvalidArgument("NO_BUNDLE_INSIDE",
                           absl::StrCat("the PDF holds no bundle: ", error.what()),
                           "give the file as `tocsin export --format pdf` wrote it");
  }
}

std::string LanguageOfPdf(const std::string& pdf) {
  try {
    QPDF document;
    document.setSuppressWarnings(true);
    document.processMemoryFile("report", pdf.data(), pdf.size());
    QPDFObjectHandle language = document.getRoot().getKey("/Lang");
    return language.isString() ? language.getUTF8Value() : "";
  } catch (const std::exception&) {
    return "";
  }
}

}  // namespace tocsin::print
