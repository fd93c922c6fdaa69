#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/rpc/convert.h"

namespace tocsin::rpc {

using filing::DocumentFormat;

absl::StatusOr<DocumentFormat> ToDomain(v1::DocumentFormat value) {
  if (value == v1::DOCUMENT_FORMAT_UNSPECIFIED) return DocumentFormat::kMarkdown;
  if (value == v1::DOCUMENT_FORMAT_MARKDOWN) return DocumentFormat::kMarkdown;
  if (value == v1::DOCUMENT_FORMAT_JSON) return DocumentFormat::kJson;
  if (value == v1::DOCUMENT_FORMAT_AUTHORITY_JSON) return DocumentFormat::kAuthorityJson;
  return InvalidArgument("UNKNOWN_VALUE", "this server does not know that format",
                         "Formats: markdown, json, authority_json.");
}

v1::DocumentFormat ToProto(DocumentFormat value) {
  switch (value) {
    case DocumentFormat::kMarkdown:
      return v1::DOCUMENT_FORMAT_MARKDOWN;
    case DocumentFormat::kJson:
      return v1::DOCUMENT_FORMAT_JSON;
    case DocumentFormat::kAuthorityJson:
      return v1::DOCUMENT_FORMAT_AUTHORITY_JSON;
  }
  return v1::DOCUMENT_FORMAT_UNSPECIFIED;
}

absl::StatusOr<std::optional<domain::ReceiptFile>> OptionalReceipt(bool present,
                                                                   const v1::ReceiptFile& receipt) {
  if (!present) return std::optional<domain::ReceiptFile>();
  if (receipt.sha256().size() != sizeof(Digest)) {
    return InvalidArgument("BAD_RECEIPT", "the receipt's SHA-256 is not 32 bytes",
                           "Hash the file with SHA-256.");
  }
  return std::optional(
      domain::ReceiptFile{receipt.name(), receipt.size(), Digest::FromBytes(receipt.sha256())});
}

v1::ReceiptFile ToProto(const domain::ReceiptFile& receipt) {
  v1::ReceiptFile out;
  out.set_name(receipt.name);
  out.set_size(receipt.size);
  out.set_sha256(std::string(receipt.digest.view()));
  return out;
}

v1::NotificationField ToProto(const domain::DraftField& field) {
  v1::NotificationField out;
  out.set_field(field.field);
  out.set_label(field.label);
  out.set_value(filing::JoinedValue(field));
  out.set_state(std::string(filing::ToText(field.state)));
  out.set_source_sequence(field.source_sequence);
  out.set_required(field.required);
  out.set_number(field.number);
  out.set_change(std::string(filing::ToText(field.change)));
  out.set_by_hand(field.by_hand);
  for (const domain::DraftPart& part : field.parts) {
    v1::NotificationPart& to = *out.add_parts();
    to.set_part(part.part);
    to.set_label(part.label);
    to.set_value(part.value);
    to.set_source_sequence(part.source_sequence);
    to.set_by_hand(part.by_hand);
  }
  return out;
}

v1::NotificationDocument ToProto(const domain::Incident& incident,
                                 const domain::NotificationDrafted& drafted, uint64_t sequence) {
  v1::NotificationDocument out;
  out.set_obligation(
      absl::StrCat(IncidentName(incident.number), "/obligations/", drafted.obligation));
  out.set_draft_sequence(sequence);
  out.set_text(drafted.document);
  out.set_sha256(Sha256(drafted.document).Hex());
  out.set_format(ToProto(drafted.format));
  out.set_language(drafted.form.language);
  out.set_form(drafted.form.id);
  out.set_form_version(drafted.form.version);
  out.set_form_sha256(drafted.form.digest.Hex());
  out.set_stage_name(drafted.form.stage_name);
  return out;
}

}  // namespace tocsin::rpc
