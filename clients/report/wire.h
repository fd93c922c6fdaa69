// Just enough of the Protocol Buffers wire format to read a sealed body
// (proto/tocsin/storage/v1/body.proto) without generated code: a verifier must see what the bytes
// say, not what a library makes of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tocsin::report {

/// The fields of one message, in the order of the bytes. Views into the bytes that were read.
class WireMessage {
 public:
  struct Field {
    uint64_t number = 0;
    std::variant<uint64_t, std::string_view> value;
  };

  /// nullopt when the bytes are not a message of integers and length-delimited fields.
  static std::optional<WireMessage> Parse(std::string_view bytes);

  const std::vector<Field>& fields() const { return fields_; }
  /// The last value of field `number` as an integer; 0 when there is none or it is no integer.
  uint64_t Integer(uint64_t number) const;
  /// The last value of field `number` as bytes; empty when there is none or it is an integer.
  std::string_view Bytes(uint64_t number) const;
  /// Whether the last value of field `number` is bytes, empty ones included.
  bool HasBytes(uint64_t number) const;
  /// All values of field `number` that are bytes.
  std::vector<std::string_view> AllBytes(uint64_t number) const;

 private:
  const Field* Last(uint64_t number) const;

  std::vector<Field> fields_;
};

}  // namespace tocsin::report
