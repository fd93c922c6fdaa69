#include "server/runtime/log.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <mutex>

#include "absl/strings/escaping.h"
#include "server/base/check.h"

namespace tocsin::runtime {
namespace {

// Lines of this thread that wait for the end of its LogBatch.
struct Waiting {
  bool active = false;
  std::string lines;
};
thread_local Waiting waiting;

void Write(std::string_view lines) {
  // Standard error has no buffer: one call, one write.
  std::fwrite(lines.data(), 1, lines.size(), stderr);
}

class ErrorSink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    const std::string_view text(line.data(), line.size());
    if (waiting.active && message.level < spdlog::level::warn) {
      waiting.lines.append(text);
    } else {
      Write(text);
    }
  }
  void flush_() override {}
};

std::shared_ptr<spdlog::logger> MakeLogger() {
  auto logger = std::make_shared<spdlog::logger>("tocsind", std::make_shared<ErrorSink>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  return logger;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = MakeLogger();
  return *logger;
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

bool IsPlain(char c) {
  return c > ' ' && c <= '~' && c != '"' && c != '=' && c != '\\' && c != '\'';
}

void AppendValue(std::string& line, std::string_view value) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), IsPlain)) {
    line.append(value);
  } else {
    absl::StrAppend(&line, "\"", absl::CHexEscape(ToAbsl(value)), "\"");
  }
}

}  // namespace

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  const auto spdlog_level = ToSpdlog(level);
  if (!Logger().should_log(spdlog_level)) return;
  constexpr size_t kUsualLineBytes = 160;
  std::string line;
  line.reserve(kUsualLineBytes);
  line.append(event);
  for (const LogField& field : fields) {
    line.append(" ").append(field.name).append("=");
    AppendValue(line, field.value);
  }
  Logger().log(spdlog_level, line);
}

LogBatch::LogBatch() {
  TOCSIN_CHECK(!waiting.active);
  waiting.active = true;
}

LogBatch::~LogBatch() {
  if (!waiting.lines.empty()) Write(waiting.lines);
  waiting.active = false;
  waiting.lines.clear();
}

void SetLogLevel(LogLevel level) {
  Logger().set_level(ToSpdlog(level));
}

}  // namespace tocsin::runtime
