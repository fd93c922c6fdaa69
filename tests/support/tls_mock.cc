#include "tests/support/tls_mock.h"

#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <deque>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/chat/net/tls.h"
#include "tests/support/catch.h"
#include "tests/support/test_certificate.h"

namespace tocsin {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using runtime::MutexLock;

class TlsMock::Listener {
 public:
  explicit Listener(asio::ssl::context context)
      : tls(std::move(context)), acceptor(io, {asio::ip::make_address("127.0.0.1"), 0}) {}

  asio::io_context io;
  asio::ssl::context tls;
  tcp::acceptor acceptor;
};

class TlsMock::Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Stream = beast::ssl_stream<beast::tcp_stream>;
  using Socket = websocket::stream<Stream>;

  // A WebSocket as the hooks see it.
  class Handle : public MockSocket {
   public:
    explicit Handle(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
    void Send(const std::string& text) override { connection_->Send(text); }
    void Close() override { connection_->Close(); }
    void Drop() override { connection_->Drop(); }

   private:
    std::shared_ptr<Connection> connection_;
  };

  Connection(TlsMock& mock, int id) : mock_(mock), id_(id), socket_(io_, mock.listener_->tls) {}

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(socket_); }
  tcp::socket& tcp_socket() { return lowest().socket(); }

  // Only the file descriptor is touched: the thread of the connection sees the end by itself.
  void Drop() {
    if (const int fd = fd_; fd >= 0) ::shutdown(fd, SHUT_RDWR);
  }
  void Send(const std::string& text) {
    asio::post(io_, [self = shared_from_this(), text] {
      self->outgoing_.push_back(text);
      if (self->outgoing_.size() == 1) self->WriteNext();
    });
  }
  void Close() {
    asio::post(io_, [self = shared_from_this()] {
      self->socket_.async_close(websocket::close_code::normal, [self](beast::error_code) {});
    });
  }

  void Run() {
    fd_ = tcp_socket().native_handle();
    beast::error_code error;
    socket_.next_layer().handshake(asio::ssl::stream_base::server, error);
    beast::flat_buffer buffer;
    while (!error) {
      http::request_parser<http::string_body> parser;
      constexpr uint64_t kBodyMax = 16 * 1024 * 1024;
      parser.body_limit(kBodyMax);
      http::read(socket_.next_layer(), buffer, parser, error);
      if (error) break;
      http::request<http::string_body> message = parser.release();
      const chat::HttpRequest request = Translate(message);
      const chat::HttpResponse response = mock_.hooks_.request(request);
      if (response.status == 0) break;
      constexpr int kSwitching = 101;
      if (response.status == kSwitching) {
        RunSocket(message, request);
        break;
      }
      http::response<http::string_body> out;
      out.version(message.version());
      out.result(static_cast<unsigned>(response.status));
      for (const auto& header : response.headers) out.set(header.name, header.value);
      out.keep_alive(message.keep_alive());
      out.body() = response.body;
      out.prepare_payload();
      http::write(socket_.next_layer(), out, error);
      if (!message.keep_alive()) break;
    }
    fd_ = -1;
    tcp_socket().close(error);
  }

  // What was to be sent after the end; it holds this object.
  void Flush() {
    io_.restart();
    io_.run();
  }

  std::unique_ptr<runtime::Thread> thread;
  std::atomic<bool> over = false;

 private:
  static chat::HttpRequest Translate(const http::request<http::string_body>& message) {
    chat::HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    for (const auto& field : message) {
      request.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    request.body = message.body();
    return request;
  }

  void RunSocket(const http::request<http::string_body>& message,
                 const chat::HttpRequest& request) {
    beast::error_code error;
    socket_.accept(message, error);
    if (error) return;
    const auto handle = std::make_shared<Handle>(shared_from_this());
    if (mock_.hooks_.opened) mock_.hooks_.opened(handle, request);
    ReadNext(handle);
    io_.restart();
    io_.run();
    outgoing_.clear();
  }

  void ReadNext(const std::shared_ptr<Handle>& handle) {
    socket_.async_read(incoming_, [this, handle](beast::error_code error, size_t) {
      if (error) {
        beast::error_code ignored;
        tcp_socket().shutdown(tcp::socket::shutdown_both, ignored);
        if (mock_.hooks_.closed) mock_.hooks_.closed(handle);
        return;
      }
      const std::string text = beast::buffers_to_string(incoming_.data());
      incoming_.consume(incoming_.size());
      if (mock_.hooks_.message) mock_.hooks_.message(handle, text);
      ReadNext(handle);
    });
  }

  void WriteNext() {
    socket_.text(true);
    socket_.async_write(asio::buffer(outgoing_.front()), [this](beast::error_code error, size_t) {
      outgoing_.pop_front();
      if (!error && !outgoing_.empty()) WriteNext();
    });
  }

  TlsMock& mock_;
  const int id_;
  asio::io_context io_{1};
  Socket socket_;
  std::atomic<int> fd_ = -1;
  beast::flat_buffer incoming_;
  std::deque<std::string> outgoing_;
};

TlsMock::TlsMock(Hooks hooks, const std::string& host) : hooks_(std::move(hooks)) {
  const TestCertificate certificate = MakeTestCertificate(host);
  std::ofstream(ca_file()) << certificate.certificate_pem;
  auto tls = chat::ServerTls(certificate.certificate_pem, certificate.key_pem);
  REQUIRE(tls.ok());
  listener_ = std::make_unique<Listener>(asio::ssl::context(tls->release()));
  port_ = listener_->acceptor.local_endpoint().port();
  thread_ = std::make_unique<runtime::Thread>("mock", [this] { Accept(); });
}

TlsMock::~TlsMock() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  ::shutdown(listener_->acceptor.native_handle(), SHUT_RDWR);
  thread_.reset();
  std::map<int, std::shared_ptr<Connection>> connections;
  {
    MutexLock lock(mutex_);
    connections.swap(connections_);
  }
  for (const auto& [id, connection] : connections) connection->Drop();
  for (const auto& [id, connection] : connections) {
    // A handshake that is only beginning has no descriptor to shut yet.
    while (!connection->over) {
      connection->Drop();
      std::this_thread::yield();
    }
    connection->thread.reset();
    connection->Flush();
  }
}

std::string TlsMock::url() const {
  return absl::StrCat("https://127.0.0.1:", port_);
}

void TlsMock::DropAll() {
  MutexLock lock(mutex_);
  for (const auto& [id, connection] : connections_) connection->Drop();
}

int TlsMock::connection_count() const {
  MutexLock lock(mutex_);
  return accepted_;
}

void TlsMock::Accept() {
  while (true) {
    std::shared_ptr<Connection> connection;
    int id = 0;
    {
      MutexLock lock(mutex_);
      id = accepted_;
    }
    connection = std::make_shared<Connection>(*this, id);
    beast::error_code error;
    listener_->acceptor.accept(connection->tcp_socket(), error);
    MutexLock lock(mutex_);
    if (stopping_ || error) return;
    ++accepted_;
    connections_[id] = connection;
    connection->thread = std::make_unique<runtime::Thread>("mock-conn", [raw = connection.get()] {
      raw->Run();
      raw->over = true;
    });
  }
}

bool Eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    ::poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace tocsin
