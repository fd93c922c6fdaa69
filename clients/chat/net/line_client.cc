#include "clients/chat/net/line_client.h"

#include <array>
#include <atomic>

#include "clients/chat/net/tls_socket.h"
#include "server/base/status_macros.h"

namespace tocsin::chat {
namespace {

constexpr absl::Duration kWriteTimeout = absl::Seconds(20);
constexpr size_t kChunkBytes = 4096;

}  // namespace

struct LineClient::Parts {
  Parts(Options opts, SslContext context)
      : options(std::move(opts)), tls(options.address, std::move(context)) {}
  // The handler of a read that goes on refers to this object.
  ~Parts() {
    tls.Abort();
    while (reading && !read_done) {
      tls.io.restart();
      tls.io.run_one();
    }
    tls.Drop();
  }

  // The first whole line of what has come.
  std::optional<std::string> TakeLine() {
    const size_t end = buffer.find('\n', searched);
    if (end == std::string::npos) {
      searched = buffer.size();
      return std::nullopt;
    }
    std::string line = buffer.substr(0, end);
    if (line.ends_with('\r')) line.pop_back();
    buffer.erase(0, end + 1);
    searched = 0;
    return line;
  }
  void StartReading() {
    if (reading) return;
    reading = true;
    read_done = false;
    tls.stream->async_read_some(asio::buffer(chunk), [this](beast::error_code error, size_t size) {
      read_error = error;
      read_size = size;
      read_done = true;
    });
  }

  const Options options;
  TlsSocket tls;
  std::atomic<bool> woken = false;
  std::string buffer;
  size_t searched = 0;  // there is no end of a line before
  // A read goes on from one call of Read to the next.
  std::array<char, kChunkBytes> chunk;
  bool reading = false;
  bool read_done = false;
  size_t read_size = 0;
  beast::error_code read_error;
};

LineClient::LineClient(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
LineClient::~LineClient() = default;

absl::StatusOr<std::unique_ptr<LineClient>> LineClient::Make(Options options) {
  TOCSIN_ASSIGN_OR_RETURN(SslContext tls, ClientTls(options.ca_file));
  return std::unique_ptr<LineClient>(
      new LineClient(std::make_unique<Parts>(std::move(options), std::move(tls))));
}

void LineClient::Wake() {
  parts_->woken = true;
  asio::post(parts_->tls.io, [] {});
}

void LineClient::Cancel() {
  parts_->tls.Cancel();
}

absl::Status LineClient::Open() {
  return parts_->tls.Dial(After(parts_->options.connect_timeout));
}

absl::StatusOr<std::optional<std::string>> LineClient::Read(absl::Duration timeout) {
  Parts& parts = *parts_;
  if (parts.tls.stream == nullptr) return NetBroken(parts.tls.url, "it is not open");
  const Deadline deadline = After(timeout);
  while (true) {
    if (parts.tls.cancelled()) return NetCancelled();
    if (std::optional<std::string> line = parts.TakeLine()) return line;
    if (parts.buffer.size() > parts.options.line_max) {
      return NetBroken(parts.tls.url, "a line is too long");
    }
    parts.StartReading();
    parts.tls.io.restart();
    while (!parts.read_done && !parts.tls.cancelled() && !parts.woken &&
           std::chrono::steady_clock::now() < deadline) {
      parts.tls.io.run_one_until(deadline);
      if (parts.tls.io.stopped()) parts.tls.io.restart();
    }
    if (parts.tls.cancelled()) return NetCancelled();
    if (!parts.read_done) {
      parts.woken = false;
      return std::nullopt;
    }
    parts.reading = false;
    if (parts.read_error) return NetBroken(parts.tls.url, parts.read_error.message());
    parts.buffer.append(parts.chunk.data(), parts.read_size);
  }
}

absl::Status LineClient::Write(const std::string& bytes) {
  Parts& parts = *parts_;
  if (parts.tls.stream == nullptr) return NetBroken(parts.tls.url, "it is not open");
  beast::error_code error;
  const Ended ended = parts.tls.Await(After(kWriteTimeout), error, [&](auto handler) {
    asio::async_write(*parts.tls.stream, asio::buffer(bytes), std::move(handler));
  });
  if (ended == Ended::kCancelled) return NetCancelled();
  if (ended == Ended::kTimeout) return NetBroken(parts.tls.url, "it takes nothing");
  if (error) return NetBroken(parts.tls.url, error.message());
  return absl::OkStatus();
}

}  // namespace tocsin::chat
