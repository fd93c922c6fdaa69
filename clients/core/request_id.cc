#include "clients/core/request_id.h"

#include <openssl/rand.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "server/base/check.h"
#include "server/base/error.h"
#include "server/base/ids.h"

namespace tocsin::client {

std::string NewRequestId() {
  RequestId id;
  TOCSIN_CHECK(RAND_bytes(id.bytes.data(), static_cast<int>(id.bytes.size())) == 1);
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0F) | 0x40);  // version 4
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);  // RFC 4122 variant
  return id.ToString();
}

absl::StatusOr<std::string> CheckRequestId(const std::string& text) {
  const std::optional<RequestId> id = RequestId::Parse(text);
  if (!id || id->empty()) {
    return InvalidArgument("BAD_REQUEST_ID", absl::StrCat("'", text, "' is not a UUID"),
                           "Give a UUID such as the output of uuidgen, or leave --request-id out.");
  }
  return id->ToString();
}

}  // namespace tocsin::client
