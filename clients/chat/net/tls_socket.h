// Private to the three clients of this folder: a TLS connection on which one thread waits for one
// operation after another, each with a limit, and which any thread can end.
#pragma once

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "clients/chat/net/http.h"
#include "clients/chat/net/tls.h"
#include "server/base/error.h"

namespace tocsin::chat {

namespace beast = boost::beast;
namespace asio = boost::asio;

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline After(absl::Duration span) {
  return std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(span);
}

inline absl::Status NetCancelled() {
  return Error(absl::StatusCode::kCancelled, "STOPPED", "the connection was ended", "");
}
/// Nothing has reached the server.
inline absl::Status NetUnreachable(const Url& url, const std::string& why) {
  return Error(absl::StatusCode::kUnavailable, "UNREACHABLE",
               absl::StrCat("cannot reach ", url.Authority(), " (", why, ")").c_str(),
               "Check the address and the network.");
}
/// The server may have what was sent.
inline absl::Status NetBroken(const Url& url, const std::string& why) {
  return Error(absl::StatusCode::kUnknown, "CONNECTION_BROKEN",
               absl::StrCat("the connection to ", url.Authority(), " broke (", why, ")").c_str(),
               "");
}

enum class Ended { kDone, kTimeout, kCancelled };

class TlsSocket {
 public:
  using Stream = beast::ssl_stream<beast::tcp_stream>;

  TlsSocket(Url address, SslContext tls)
      : url(std::move(address)), context_(tls.release()), resolver_(io) {}

  /// Ends what goes on and all that comes later. Thread-safe.
  void Cancel() {
    cancelled_ = true;
    asio::post(io, [] {});  // wakes whoever waits
  }
  bool cancelled() const { return cancelled_; }

  /// Runs until `done`, the deadline or Cancel. With the latter two, `abort` ends the operation,
  /// and its handler has run when this returns.
  template <typename Abort>
  Ended WaitFor(const bool& done, Deadline deadline, Abort abort) {
    io.restart();
    while (!done && !cancelled_ && std::chrono::steady_clock::now() < deadline) {
      io.run_one_until(deadline);
      if (io.stopped()) io.restart();
    }
    if (done) return Ended::kDone;
    abort();
    while (!done) {
      io.run_one();
      if (io.stopped()) io.restart();
    }
    return cancelled_ ? Ended::kCancelled : Ended::kTimeout;
  }

  /// Starts one operation with a handler (error_code, …) and waits for it; `error` is set when it
  /// is done.
  template <typename Start>
  Ended Await(Deadline deadline, beast::error_code& error, Start start) {
    bool done = false;
    if (cancelled_) return Ended::kCancelled;
    start([&](beast::error_code ec, auto&&...) {
      error = ec;
      done = true;
    });
    return WaitFor(done, deadline, [this] { Abort(); });
  }

  /// Opens a connection, up to the end of its TLS handshake.
  absl::Status Dial(Deadline deadline) {
    stream = std::make_unique<Stream>(io, context_);
    if (absl::Status status = ExpectHost(stream->native_handle(), url.host); !status.ok()) {
      return status;
    }
    asio::ip::tcp::resolver::results_type addresses;
    beast::error_code error;
    bool done = false;
    if (cancelled_) return NetCancelled();
    resolver_.async_resolve(url.host, absl::StrCat(url.port),
                            [&](beast::error_code ec, auto results) {
                              error = ec;
                              addresses = std::move(results);
                              done = true;
                            });
    Ended ended = WaitFor(done, deadline, [this] { resolver_.cancel(); });
    if (ended == Ended::kDone && !error) {
      ended = Await(deadline, error, [&](auto handler) {
        beast::get_lowest_layer(*stream).async_connect(addresses, std::move(handler));
      });
    }
    if (ended == Ended::kDone && !error) {
      beast::get_lowest_layer(*stream).socket().set_option(asio::ip::tcp::no_delay(true), error);
      ended = Await(deadline, error, [&](auto handler) {
        stream->async_handshake(asio::ssl::stream_base::client, std::move(handler));
      });
      const std::string problem = CertificateProblem(stream->native_handle());
      if (ended == Ended::kDone && error && !problem.empty()) {
        return NetUnreachable(url, absl::StrCat("its certificate: ", problem));
      }
    }
    if (ended == Ended::kCancelled) return NetCancelled();
    if (ended == Ended::kTimeout) return NetUnreachable(url, "it does not answer");
    if (error) return NetUnreachable(url, error.message());
    return absl::OkStatus();
  }

  /// Nothing has come that nobody asked for, such as the end.
  bool Quiet() {
    if (stream == nullptr) return false;
    char byte = 0;
    beast::error_code error;
    auto& socket = beast::get_lowest_layer(*stream).socket();
    socket.non_blocking(true, error);
    if (error) return false;
    socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
    return error == asio::error::would_block || error == asio::error::try_again;
  }

  void Abort() {
    if (stream != nullptr) beast::get_lowest_layer(*stream).close();
  }
  void Drop() {
    Abort();
    stream.reset();
  }

  const Url url;
  asio::io_context io{1};
  std::unique_ptr<Stream> stream;

 private:
  asio::ssl::context context_;
  asio::ip::tcp::resolver resolver_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace tocsin::chat
