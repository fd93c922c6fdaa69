// What the measuring programs share: the monotonic clock, latencies, flags and the one line of JSON
// that each of them prints. tools/bench runs them in turn and puts their lines into one table.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tocsin::bench {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

inline double SecondsBetween(TimePoint from, TimePoint to) {
  return std::chrono::duration<double>(to - from).count();
}

inline TimePoint After(TimePoint from, double seconds) {
  return from + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

/// Prints the sentence and ends the program with 1: a measurement that went wrong has no result.
[[noreturn]] inline void Fail(const std::string& sentence) {
  std::fprintf(stderr, "bench: %s\n", sentence.c_str());
  std::exit(1);
}

/// "--name value" pairs. Every flag of the command line must be asked for by its program: an
/// unknown one ends it in `Finish`.
class Flags {
 public:
  Flags(int count, char** words, int first) {
    for (int i = first; i + 1 < count; i += 2) {
      const std::string_view name = words[i];
      if (name.substr(0, 2) != "--") Fail("a flag begins with --: " + std::string(name));
      values_[std::string(name.substr(2))] = words[i + 1];
    }
    if ((count - first) % 2 != 0) Fail("every flag has one value");
  }

  std::string Text(const std::string& name, const std::string& otherwise) {
    const auto found = values_.find(name);
    if (found == values_.end()) return otherwise;
    std::string value = found->second;
    values_.erase(found);
    return value;
  }
  double Number(const std::string& name, double otherwise) {
    const std::string text = Text(name, "");
    if (text.empty()) return otherwise;
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (*end != '\0' || value < 0) Fail("--" + name + " needs a number, not " + text);
    return value;
  }
  size_t Count(const std::string& name, size_t otherwise) {
    return static_cast<size_t>(Number(name, static_cast<double>(otherwise)));
  }
  /// To be called after the last flag has been asked for.
  void Finish() const {
    if (!values_.empty()) Fail("there is no flag --" + values_.begin()->first);
  }

 private:
  std::map<std::string, std::string> values_;
};

/// Latencies of one cell, in microseconds.
class Latencies {
 public:
  void Add(TimePoint from, TimePoint to) { values_.push_back(SecondsBetween(from, to) * 1e6); }
  size_t count() const { return values_.size(); }

  /// 0.5 for the median; 0 without values. Sorts.
  double Quantile(double share) {
    if (values_.empty()) return 0;
    std::sort(values_.begin(), values_.end());
    const double position = share * static_cast<double>(values_.size() - 1);
    return values_[static_cast<size_t>(position + 0.5)];
  }

 private:
  std::vector<double> values_;
};

/// The result: `Result().Add("rate", 1.5).Print()` writes {"rate": 1.5} and a newline.
class Result {
 public:
  Result& Add(const std::string& name, double value) {
    char text[64];
    std::snprintf(text, sizeof text, "%.6g", value);
    return AddRaw(name, text);
  }
  Result& Add(const std::string& name, size_t value) { return AddRaw(name, std::to_string(value)); }
  /// `text` without quotes and backslashes.
  Result& Add(const std::string& name, const std::string& text) {
    return AddRaw(name, "\"" + text + "\"");
  }
  Result& AddLatencies(Latencies& latencies) {
    return Add("p50_us", latencies.Quantile(0.5)).Add("p99_us", latencies.Quantile(0.99));
  }
  void Print() const { std::printf("{%s}\n", body_.c_str()); }

 private:
  Result& AddRaw(const std::string& name, const std::string& value) {
    if (!body_.empty()) body_ += ", ";
    body_ += "\"" + name + "\": " + value;
    return *this;
  }

  std::string body_;
};

/// The seconds in which a cell counts: not the warm-up before, not the tail after.
struct Window {
  TimePoint open;
  TimePoint close;

  Window(double warmup, double seconds)
      : open(After(Clock::now(), warmup)), close(After(open, seconds)) {}
  bool Holds(TimePoint time) const { return time >= open && time < close; }
  double seconds() const { return SecondsBetween(open, close); }
};

/// Text of `bytes` characters made of plain words, another one for every `number`.
inline std::string EntryText(uint64_t number, size_t bytes) {
  static constexpr std::string_view kWords[] = {
      "isolated",  "host",    "backup",    "restore", "firewall", "credential", "rotated",
      "observed",  "lateral", "movement",  "domain",  "account",  "disabled",   "outbound",
      "traffic",   "blocked", "evidence",  "image",   "captured", "timeline",   "confirmed",
      "mailbox",   "rule",    "attacker",  "segment", "shutdown", "service",    "operator",
      "escalated", "vendor",  "telephone", "notified"};
  constexpr size_t kWordCount = std::size(kWords);
  std::string text = "entry " + std::to_string(number);
  uint64_t state = number * 6364136223846793005u + 1442695040888963407u;
  while (text.size() < bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    text += ' ';
    text += kWords[(state >> 33) % kWordCount];
  }
  text.resize(bytes);
  if (text.back() == ' ') text.back() = '.';
  return text;
}

}  // namespace tocsin::bench
