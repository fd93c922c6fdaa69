#include "clients/chat/net/http_server.h"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/chat/net/tls.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/runtime/thread.h"

namespace tocsin::chat {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr uint32_t kHeaderBytesMax = 16 * 1024;
constexpr int kPayloadTooLarge = 413;
constexpr int kHeaderTooLarge = 431;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

HttpRequest Translate(http::request<http::string_body> message) {
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  request.body = std::move(message.body());
  return request;
}

http::response<http::string_body> Translate(const HttpResponse& response, unsigned version,
                                            bool keep_alive) {
  http::response<http::string_body> message;
  message.version(version);
  message.result(static_cast<unsigned>(response.status));
  message.set(http::field::cache_control, "no-store");
  for (const HttpHeader& header : response.headers) {
    if (IsHeaderName(header.name) && IsHeaderValue(header.value)) {
      message.set(header.name, header.value);
    }
  }
  message.keep_alive(keep_alive);
  message.body() = response.body;
  message.prepare_payload();
  return message;
}

}  // namespace

struct HttpServer::Parts {
  Parts(Options opts, Handler answer) : options(std::move(opts)), handler(std::move(answer)) {}

  template <typename Stream>
  asio::awaitable<void> Converse(Stream& stream) {
    beast::flat_buffer buffer;
    bool again = true;
    while (again) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(options.body_max);
      parser.header_limit(kHeaderBytesMax);
      beast::get_lowest_layer(stream).expires_after(patience);
      auto [error, size] = co_await http::async_read(stream, buffer, parser, kAwait);
      HttpResponse response;
      if (error == http::error::body_limit) {
        response.status = kPayloadTooLarge;
      } else if (error == http::error::header_limit) {
        response.status = kHeaderTooLarge;
      } else if (error) {
        co_return;
      }
      again = !error && parser.get().keep_alive();
      const unsigned version = parser.get().version();
      if (!error) response = handler(Translate(parser.release()));
      auto message = Translate(response, version, again);
      beast::get_lowest_layer(stream).expires_after(patience);
      auto [write_error, written] = co_await http::async_write(stream, message, kAwait);
      if (write_error) co_return;
    }
  }

  asio::awaitable<void> Serve(tcp::socket socket) {
    beast::tcp_stream plain(std::move(socket));
    if (tls == nullptr) {
      co_await Converse(plain);
      beast::error_code ignored;
      plain.socket().shutdown(tcp::socket::shutdown_send, ignored);
    } else {
      beast::ssl_stream<beast::tcp_stream> stream(std::move(plain), *tls);
      beast::get_lowest_layer(stream).expires_after(patience);
      auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kAwait);
      if (error) co_return;
      co_await Converse(stream);
      beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(1));
      co_await stream.async_shutdown(kAwait);
    }
  }

  asio::awaitable<void> Accept() {
    while (true) {
      auto [error, socket] = co_await acceptor.async_accept(kAwait);
      if (error == asio::error::operation_aborted) co_return;
      if (error || connections >= options.connections_max) continue;  // too many: closed at once
      ++connections;
      asio::co_spawn(io, Serve(std::move(socket)),
                     [this](const std::exception_ptr& /*thrown*/) { --connections; });
    }
  }

  const Options options;
  const Handler handler;
  const std::chrono::milliseconds patience = absl::ToChronoMilliseconds(options.patience);
  asio::io_context io{1};
  std::unique_ptr<asio::ssl::context> tls;
  tcp::acceptor acceptor{io};
  size_t connections = 0;  // the thread's
  uint16_t port = 0;
  std::unique_ptr<runtime::Thread> thread;
};

HttpServer::HttpServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

HttpServer::~HttpServer() {
  parts_->io.stop();
  parts_->thread.reset();
}

uint16_t HttpServer::port() const {
  return parts_->port;
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, Handler handler) {
  auto parts = std::make_unique<Parts>(std::move(options), std::move(handler));
  beast::error_code error;
  const asio::ip::address address = asio::ip::make_address(parts->options.address, error);
  if (error || (parts->options.certificate_pem.empty() && !address.is_loopback())) {
    return InvalidArgument(
        "NOT_LOOPBACK",
        absl::StrCat("it cannot listen at '", parts->options.address, "' without a certificate")
            .c_str(),
        "Listen at 127.0.0.1 behind a proxy, or give a certificate and key.");
  }
  if (!parts->options.certificate_pem.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(SslContext tls,
                            ServerTls(parts->options.certificate_pem, parts->options.key_pem));
    parts->tls = std::make_unique<asio::ssl::context>(tls.release());
  }
  const tcp::endpoint endpoint(address, parts->options.port);
  parts->acceptor.open(endpoint.protocol(), error);
  if (!error) parts->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) parts->acceptor.bind(endpoint, error);
  if (!error) parts->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Error(absl::StatusCode::kUnavailable, "PORT_TAKEN",
                 absl::StrCat("it cannot listen at ", parts->options.address, ":",
                              parts->options.port, " (", error.message(), ")")
                     .c_str(),
                 "Choose another port.");
  }
  parts->port = parts->acceptor.local_endpoint(error).port();
  asio::co_spawn(parts->io, parts->Accept(), asio::detached);
  parts->thread =
      std::make_unique<runtime::Thread>("chat-http", [raw = parts.get()] { raw->io.run(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(parts)));
}

}  // namespace tocsin::chat
