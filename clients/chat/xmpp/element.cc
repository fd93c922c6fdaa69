#include "clients/chat/xmpp/element.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::chat {

std::string BareJid(std::string_view jid) {
  return absl::AsciiStrToLower(ToAbsl(jid.substr(0, jid.find('/'))));
}

std::string ResourceOfJid(std::string_view jid) {
  const size_t slash = jid.find('/');
  return slash == std::string_view::npos ? "" : std::string(jid.substr(slash + 1));
}

std::string XmlText(std::string_view text) {
  // U+FFFE and U+FFFF are no characters of XML: a server ends the stream over them.
  std::string out = absl::StrReplaceAll(ToAbsl(text), {{"\uFFFE", "\uFFFD"}, {"\uFFFF", "\uFFFD"}});
  if (!IsValidUtf8(out)) return "(text that is not UTF-8)";
  std::erase_if(out, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\n' && c != '\t';
  });
  return out;
}

}  // namespace tocsin::chat
