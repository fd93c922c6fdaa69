#include "clients/chat/mail/mail_message.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/chat/conversation/render.h"
#include "server/base/encoding.h"
#include "server/base/error.h"

namespace tocsin::chat {
namespace {

constexpr size_t kSubjectBytesMax = 120;
constexpr size_t kBodyBytesMax = 256 * 1024;
// An encoded word has at most 75 characters (RFC 2047), a line of base64 76 (RFC 2045).
constexpr size_t kWordBytesMax = 42;
constexpr size_t kLineCharacters = 76;
constexpr size_t kKeyBytesMax = 64;

bool IsKey(std::string_view key) {
  return !key.empty() && key.size() <= kKeyBytesMax &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
         });
}

bool BeginsCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// One line as encoded words, each of whole characters, folded.
std::string EncodedWords(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t size = std::min(kWordBytesMax, text.size());
    while (size < text.size() && size > 1 && !BeginsCharacter(text[size])) --size;
    absl::StrAppend(&out, out.empty() ? "" : "\r\n ", "=?UTF-8?B?",
                    Base64Encode(text.substr(0, size)), "?=");
    text.remove_prefix(size);
  }
  return out;
}

std::string FirstLine(const std::string& text) {
  return CutTo(text.substr(0, text.find('\n')), kSubjectBytesMax);
}

std::string WithCrLf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

}  // namespace

std::string MessageIdOf(const MailConfig& config, const Outbound& post) {
  return absl::StrCat("<", post.key, "@", config.from.substr(config.from.find('@') + 1), ">");
}

absl::StatusOr<std::string> ComposeMail(const MailConfig& config, const Outbound& post) {
  if (!IsMailAddress(post.room) || !IsMailAddress(config.from)) {
    return InvalidArgument("ADDRESS_INVALID", "this is no mail address",
                           "A room of mail is NAME@DOMAIN.");
  }
  if (!IsKey(post.key)) {
    return InvalidArgument("KEY_INVALID", "the key of the post cannot be an id of a mail", "");
  }
  const std::string text = CutTo(RenderPlain(post.blocks), kBodyBytesMax);
  std::string out = absl::StrCat(
      "From: Tocsin <", config.from, ">\r\n", "To: <", post.room, ">\r\n", "Date: ",
      absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", post.created_time, absl::UTCTimeZone()),
      "\r\n", "Message-ID: ", MessageIdOf(config, post), "\r\n");
  absl::StrAppend(&out, "Subject: ", EncodedWords(FirstLine(text)), "\r\n",
                  "Auto-Submitted: auto-generated\r\n", "MIME-Version: 1.0\r\n",
                  "Content-Type: text/plain; charset=utf-8\r\n",
                  "Content-Transfer-Encoding: base64\r\n\r\n");
  const std::string body = Base64Encode(WithCrLf(text));
  for (size_t i = 0; i < body.size(); i += kLineCharacters) {
    absl::StrAppend(&out, body.substr(i, kLineCharacters), "\r\n");
  }
  return out;
}

}  // namespace tocsin::chat
