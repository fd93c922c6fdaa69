#include "clients/chat/net/https_client.h"

#include <boost/beast/http.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "clients/chat/net/tls_socket.h"
#include "server/base/status_macros.h"

namespace tocsin::chat {
namespace {

namespace http = beast::http;

constexpr uint32_t kHeaderBytesMax = 32 * 1024;
constexpr int kHttp11 = 11;

absl::StatusOr<http::request<http::string_body>> Translate(const HttpRequest& request,
                                                           const Url& url) {
  http::request<http::string_body> out;
  out.version(kHttp11);
  out.method_string(request.method);
  out.target(request.target);
  out.set(http::field::host, url.Authority());
  out.set(http::field::user_agent, "tocsin-chat");
  for (const HttpHeader& header : request.headers) {
    if (!IsHeaderName(header.name) || !IsHeaderValue(header.value)) {
      return InvalidArgument("HEADER_INVALID",
                             absl::StrCat("the header ", header.name, " cannot be sent").c_str(),
                             "Check the configured token for characters that are no text.");
    }
    out.set(header.name, header.value);
  }
  out.body() = request.body;
  out.prepare_payload();
  return out;
}

}  // namespace

struct HttpsClient::Parts {
  Parts(Options opts, SslContext tls)
      : options(std::move(opts)), socket(options.url, std::move(tls)) {}

  const Options options;
  TlsSocket socket;
  beast::flat_buffer buffer;
  Deadline idle_until;
};

HttpsClient::HttpsClient(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
HttpsClient::~HttpsClient() = default;

absl::StatusOr<std::unique_ptr<HttpsClient>> HttpsClient::Make(Options options) {
  TOCSIN_ASSIGN_OR_RETURN(SslContext tls, ClientTls(options.ca_file));
  return std::unique_ptr<HttpsClient>(
      new HttpsClient(std::make_unique<Parts>(std::move(options), std::move(tls))));
}

void HttpsClient::Cancel() {
  parts_->socket.Cancel();
}

const Url& HttpsClient::url() const {
  return parts_->socket.url;
}

absl::StatusOr<HttpResponse> HttpsClient::Send(const HttpRequest& request, absl::Duration timeout) {
  absl::StatusOr<HttpResponse> response = Exchange(request, timeout);
  if (!response.ok()) parts_->socket.Drop();
  return response;
}

absl::StatusOr<HttpResponse> HttpsClient::Exchange(const HttpRequest& request,
                                                   absl::Duration timeout) {
  TlsSocket& socket = parts_->socket;
  TOCSIN_ASSIGN_OR_RETURN(http::request<http::string_body> message, Translate(request, socket.url));
  if (std::chrono::steady_clock::now() > parts_->idle_until || !socket.Quiet()) socket.Drop();
  if (socket.stream == nullptr) {
    parts_->buffer.clear();
    TOCSIN_RETURN_IF_ERROR(socket.Dial(After(parts_->options.connect_timeout)));
  }
  const Deadline deadline = After(timeout);
  beast::error_code error;
  Ended ended = socket.Await(deadline, error, [&](auto handler) {
    http::async_write(*socket.stream, message, std::move(handler));
  });
  http::response_parser<http::string_body> parser;
  parser.body_limit(parts_->options.body_max);
  parser.header_limit(kHeaderBytesMax);
  if (ended == Ended::kDone && !error) {
    ended = socket.Await(deadline, error, [&](auto handler) {
      http::async_read(*socket.stream, parts_->buffer, parser, std::move(handler));
    });
  }
  if (ended == Ended::kCancelled) return NetCancelled();
  if (ended == Ended::kTimeout) return NetBroken(socket.url, "no answer in time");
  if (error == http::error::body_limit) return NetBroken(socket.url, "the answer is too large");
  if (error) return NetBroken(socket.url, error.message());
  HttpResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get()) {
    response.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  response.body = std::move(parser.get().body());
  if (parser.get().keep_alive()) {
    parts_->idle_until = After(parts_->options.idle_max);
  } else {
    socket.Drop();
  }
  return response;
}

}  // namespace tocsin::chat
