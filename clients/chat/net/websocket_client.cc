#include "clients/chat/net/websocket_client.h"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "absl/strings/str_cat.h"
#include "clients/chat/net/tls_socket.h"
#include "server/base/status_macros.h"

namespace tocsin::chat {
namespace {

namespace websocket = beast::websocket;
namespace http = beast::http;

constexpr absl::Duration kWriteTimeout = absl::Seconds(20);
constexpr absl::Duration kCloseTimeout = absl::Seconds(1);

absl::Status Refused(const Url& url, int status) {
  return Error(absl::StatusCode::kUnauthenticated, "REFUSED",
               absl::StrCat(url.Authority(), " refuses the connection (", status, ")").c_str(),
               "Check the bot's token.");
}

}  // namespace

struct WebSocketClient::Parts {
  using Socket = websocket::stream<TlsSocket::Stream&>;

  Parts(Options opts, SslContext context)
      : options(std::move(opts)), tls(options.url, std::move(context)) {}
  ~Parts() { End(); }

  // The handlers of what goes on refer to this object.
  void End() {
    tls.Abort();
    while (reading && !read_done) {
      tls.io.restart();
      tls.io.run_one();
    }
    socket.reset();
    tls.Drop();
  }

  const Options options;
  TlsSocket tls;
  std::unique_ptr<Socket> socket;
  beast::flat_buffer buffer;
  // A read goes on from one call of Read to the next.
  bool reading = false;
  bool read_done = false;
  beast::error_code read_error;
};

WebSocketClient::WebSocketClient(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
WebSocketClient::~WebSocketClient() = default;

absl::StatusOr<std::unique_ptr<WebSocketClient>> WebSocketClient::Make(Options options) {
  TOCSIN_ASSIGN_OR_RETURN(SslContext tls, ClientTls(options.ca_file));
  return std::unique_ptr<WebSocketClient>(
      new WebSocketClient(std::make_unique<Parts>(std::move(options), std::move(tls))));
}

void WebSocketClient::Cancel() {
  parts_->tls.Cancel();
}

absl::Status WebSocketClient::Open() {
  Parts& parts = *parts_;
  const Deadline deadline = After(parts.options.connect_timeout);
  TOCSIN_RETURN_IF_ERROR(parts.tls.Dial(deadline));
  parts.socket = std::make_unique<Parts::Socket>(*parts.tls.stream);
  parts.socket->set_option(websocket::stream_base::timeout{
      std::chrono::seconds(30), absl::ToChronoMilliseconds(parts.options.idle_max), true});
  parts.socket->read_message_max(parts.options.message_max);
  for (const HttpHeader& header : parts.options.headers) {
    if (!IsHeaderName(header.name) || !IsHeaderValue(header.value)) {
      return InvalidArgument("HEADER_INVALID",
                             absl::StrCat("the header ", header.name, " cannot be sent").c_str(),
                             "Check the configured token for characters that are no text.");
    }
  }
  parts.socket->set_option(
      websocket::stream_base::decorator([headers = parts.options.headers](http::fields& request) {
        request.set(http::field::user_agent, "tocsin-chat");
        for (const HttpHeader& header : headers) request.set(header.name, header.value);
      }));
  websocket::response_type response;
  beast::error_code error;
  const Ended ended = parts.tls.Await(deadline, error, [&](auto handler) {
    parts.socket->async_handshake(response, parts.options.url.Authority(), parts.options.url.target,
                                  std::move(handler));
  });
  if (ended == Ended::kCancelled) return NetCancelled();
  if (ended == Ended::kTimeout) return NetUnreachable(parts.tls.url, "it does not answer");
  if (error == websocket::error::upgrade_declined) {
    const auto status = static_cast<int>(response.result_int());
    if (status == kHttpUnauthorised || status == kHttpForbidden) {
      return Refused(parts.tls.url, status);
    }
    return NetUnreachable(parts.tls.url, absl::StrCat("it answers ", status));
  }
  if (error) return NetUnreachable(parts.tls.url, error.message());
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> WebSocketClient::Read(absl::Duration timeout) {
  Parts& parts = *parts_;
  if (parts.socket == nullptr) return NetBroken(parts.tls.url, "it is not open");
  if (parts.tls.cancelled()) return NetCancelled();
  if (!parts.reading) {
    parts.reading = true;
    parts.read_done = false;
    parts.socket->async_read(parts.buffer, [&parts](beast::error_code error, size_t /*size*/) {
      parts.read_error = error;
      parts.read_done = true;
    });
  }
  const Deadline deadline = After(timeout);
  parts.tls.io.restart();
  while (!parts.read_done && !parts.tls.cancelled() &&
         std::chrono::steady_clock::now() < deadline) {
    parts.tls.io.run_one_until(deadline);
    if (parts.tls.io.stopped()) parts.tls.io.restart();
  }
  if (parts.tls.cancelled()) return NetCancelled();
  if (!parts.read_done) return std::nullopt;
  parts.reading = false;
  if (parts.read_error == websocket::error::message_too_big) {
    return NetBroken(parts.tls.url, "a message is too large");
  }
  if (parts.read_error) return NetBroken(parts.tls.url, parts.read_error.message());
  std::string text = beast::buffers_to_string(parts.buffer.data());
  parts.buffer.consume(parts.buffer.size());
  return text;
}

absl::Status WebSocketClient::Write(const std::string& text) {
  Parts& parts = *parts_;
  if (parts.socket == nullptr) return NetBroken(parts.tls.url, "it is not open");
  parts.socket->text(true);
  beast::error_code error;
  const Ended ended = parts.tls.Await(After(kWriteTimeout), error, [&](auto handler) {
    parts.socket->async_write(asio::buffer(text), std::move(handler));
  });
  if (ended == Ended::kCancelled) return NetCancelled();
  if (ended == Ended::kTimeout) return NetBroken(parts.tls.url, "it takes nothing");
  if (error) return NetBroken(parts.tls.url, error.message());
  return absl::OkStatus();
}

void WebSocketClient::Close() {
  Parts& parts = *parts_;
  if (parts.socket == nullptr) return;
  if (!parts.tls.cancelled() && parts.socket->is_open()) {
    // Some servers answer the goodbye and leave the connection open: the limit ends it.
    beast::error_code error;
    parts.tls.Await(After(kCloseTimeout), error, [&](auto handler) {
      parts.socket->async_close(websocket::close_code::going_away, std::move(handler));
    });
  }
  parts.End();
}

}  // namespace tocsin::chat
