#include "server/base/encoding.h"

#include "tests/support/catch.h"

namespace tocsin {
namespace {

std::string AllBytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}

}  // namespace

TEST_CASE("Hex: every byte reads back, in both cases", "[base]") {
  CHECK(HexEncode(std::string("\x00\x7f\xff\x0a", 4)) == "007fff0a");
  CHECK(HexDecode(HexEncode(AllBytes())) == AllBytes());
  CHECK(HexDecode("DEADbeef") == "\xde\xad\xbe\xef");
  CHECK(HexDecode("") == "");
}

TEST_CASE("Hex: what is not hexadecimal is refused", "[base]") {
  for (const std::string text : {"0", "0g", "g0", "0x12", " 00", "00 ", "-1", "\xc3\xa4"}) {
    INFO(text);
    CHECK_FALSE(HexDecode(text).has_value());
  }
}

// RFC 4648, section 10.
TEST_CASE("Base64: the published vectors", "[base]") {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    CHECK(Base64Encode(bytes) == text);
    CHECK(Base64Decode(text) == bytes);
  }
  CHECK(Base64Decode(Base64Encode(AllBytes())) == AllBytes());
}

TEST_CASE("Base64: only the one canonical spelling is read", "[base]") {
  for (const std::string text : {"Zg", "Zg=", "Zg===", "Zm8", "Zh==", "Zm9=", " Zg==", "Zg==\n",
                                 "Zm 9v", "Zm9v=", "=", "====", "Zm9_", "Zm9-", "Z", "Zg==Zg=="}) {
    INFO(text);
    CHECK_FALSE(Base64Decode(text).has_value());
  }
}

TEST_CASE("Integers: big-endian, and back", "[base]") {
  std::string out;
  AppendU16(out, 0x0102);
  AppendU32(out, 0x03040506);
  AppendU64(out, 0x0708090A0B0C0D0EULL);
  CHECK(out == "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e");
  CHECK(ReadU16(out) == 0x0102);
  CHECK(ReadU32(std::string_view(out).substr(2)) == 0x03040506);
  CHECK(ReadU64(std::string_view(out).substr(6)) == 0x0708090A0B0C0D0EULL);
  std::string largest;
  AppendU64(largest, UINT64_MAX);
  CHECK(ReadU64(largest) == UINT64_MAX);
  CHECK(ReadU16(largest) == UINT16_MAX);
}

}  // namespace tocsin
