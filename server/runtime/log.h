// The operator's log: one line an event, a fixed name and fields, never a sentence with values
// glued in and never text from an incident. The timeline is the record; this is only for whoever
// runs the server.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "server/base/view.h"

namespace tocsin::runtime {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError };

/// One field. Values are escaped so that a line stays a line. `name` is a literal.
struct LogField {
  LogField(std::string_view name_in, std::string_view value_in) : name(name_in), value(value_in) {}
  LogField(std::string_view name_in, const std::string& value_in)
      : name(name_in), value(value_in) {}
  LogField(std::string_view name_in, const char* value_in) : name(name_in), value(value_in) {}
  template <typename Number>
  LogField(std::string_view name_in, Number value_in)
      : name(name_in), value(absl::StrCat(value_in)) {}

  std::string_view name;
  std::string value;
};

/// Writes to standard error. Thread-safe. `event` is dotted lower case: "server.started".
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

/// While one lives in a thread, that thread's lines below kWarn wait and leave in one write when it
/// ends: for a thread that answers many calls at once. Not nested.
class LogBatch {
 public:
  LogBatch();
  ~LogBatch();
  LogBatch(const LogBatch&) = delete;
  LogBatch& operator=(const LogBatch&) = delete;
};

/// Lines below `level` are dropped. Default: info.
void SetLogLevel(LogLevel level);

}  // namespace tocsin::runtime
