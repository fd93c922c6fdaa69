#include "clients/core/progress.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/core/terminal_text.h"
#include "server/base/time_text.h"

namespace tocsin::client {
namespace {

constexpr absl::Duration kSilence = absl::Seconds(2);
constexpr absl::Duration kRedraw = absl::Milliseconds(100);
constexpr uint64_t kBarColumns = 24;
constexpr char kEraseLine[] = "\r\x1b[K";

double PerSecond(uint64_t count, absl::Duration elapsed) {
  const double seconds = absl::ToDoubleSeconds(elapsed);
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

}  // namespace

Progress::Progress(std::ostream& err, std::function<absl::Time()> now, Options options)
    : err_(&err), now_(std::move(now)), options_(std::move(options)), start_(now_()) {}

Progress::Progress(Progress&& other) noexcept
    : err_(std::exchange(other.err_, nullptr)),
      now_(std::move(other.now_)),
      options_(std::move(other.options_)),
      start_(other.start_),
      last_drawn_(other.last_drawn_),
      done_(other.done_),
      visible_(other.visible_) {}

Progress::~Progress() {
  Finish();
}

std::string Progress::Line(absl::Time now) const {
  const double rate = PerSecond(done_, now - start_);
  std::string line = absl::StrCat(options_.label, " ");
  if (options_.total > 0) {
    const uint64_t done = std::min(done_, options_.total);
    const uint64_t filled = done * kBarColumns / options_.total;
    line += "[" + std::string(filled, '#') + std::string(kBarColumns - filled, '.') + "] ";
    absl::StrAppend(&line, done * 100 / options_.total, "% ");
  }
  absl::StrAppend(&line, done_);
  if (options_.total > 0) absl::StrAppend(&line, "/", options_.total);
  absl::StrAppend(&line, " ", options_.unit, ", ", static_cast<uint64_t>(rate), "/s");
  if (options_.total > done_ && rate > 0) {
    const double left = static_cast<double>(options_.total - done_) / rate;
    absl::StrAppend(&line, ", ", FormatSpan(absl::Seconds(left)), " left");
  }
  return line;
}

void Progress::Update(uint64_t done) {
  done_ = done;
  if (err_ == nullptr || !options_.terminal) return;
  const absl::Time now = now_();
  if (now - start_ < kSilence || now - last_drawn_ < kRedraw) return;
  last_drawn_ = now;
  visible_ = true;
  // The last column stays free, or some terminals wrap.
  const size_t columns = options_.width > 1 ? options_.width - 1 : 1;
  *err_ << kEraseLine << Truncate(Line(now), columns) << std::flush;
}

void Progress::Finish() {
  if (err_ == nullptr) return;
  const absl::Duration elapsed = now_() - start_;
  if (visible_) *err_ << kEraseLine;
  if (elapsed >= kSilence) {
    *err_ << options_.label << ": " << done_ << " " << options_.unit << " in "
          << FormatSpan(elapsed) << " (" << static_cast<uint64_t>(PerSecond(done_, elapsed))
          << "/s)\n";
  }
  err_->flush();
  err_ = nullptr;
}

}  // namespace tocsin::client
