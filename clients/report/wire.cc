#include "clients/report/wire.h"

namespace tocsin::report {
namespace {

std::optional<uint64_t> TakeVarint(std::string_view& bytes) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (bytes.empty()) return std::nullopt;
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 127u) << shift;
    if (byte < 128) return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<WireMessage> WireMessage::Parse(std::string_view bytes) {
  constexpr uint64_t kVarint = 0;
  constexpr uint64_t kDelimited = 2;
  WireMessage message;
  while (!bytes.empty()) {
    const std::optional<uint64_t> tag = TakeVarint(bytes);
    if (!tag || *tag < 8) return std::nullopt;
    const std::optional<uint64_t> value = TakeVarint(bytes);
    if (!value) return std::nullopt;
    Field field{.number = *tag >> 3, .value = *value};
    if ((*tag & 7) == kDelimited) {
      if (*value > bytes.size()) return std::nullopt;
      field.value = bytes.substr(0, *value);
      bytes.remove_prefix(*value);
    } else if ((*tag & 7) != kVarint) {
      return std::nullopt;
    }
    message.fields_.push_back(field);
  }
  return message;
}

const WireMessage::Field* WireMessage::Last(uint64_t number) const {
  for (auto it = fields_.rbegin(); it != fields_.rend(); ++it) {
    if (it->number == number) return &*it;
  }
  return nullptr;
}

uint64_t WireMessage::Integer(uint64_t number) const {
  const Field* field = Last(number);
  const uint64_t* value = field == nullptr ? nullptr : std::get_if<uint64_t>(&field->value);
  return value == nullptr ? 0 : *value;
}

std::string_view WireMessage::Bytes(uint64_t number) const {
  const Field* field = Last(number);
  const auto* value = field == nullptr ? nullptr : std::get_if<std::string_view>(&field->value);
  return value == nullptr ? std::string_view() : *value;
}

bool WireMessage::HasBytes(uint64_t number) const {
  const Field* field = Last(number);
  return field != nullptr && std::holds_alternative<std::string_view>(field->value);
}

std::vector<std::string_view> WireMessage::AllBytes(uint64_t number) const {
  std::vector<std::string_view> found;
  for (const Field& field : fields_) {
    const auto* value = std::get_if<std::string_view>(&field.value);
    if (field.number == number && value != nullptr) found.push_back(*value);
  }
  return found;
}

}  // namespace tocsin::report
