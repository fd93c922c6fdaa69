#include "tests/bench/load_http2.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "absl/strings/numbers.h"

namespace tocsin::bench {
namespace {

constexpr int kStuckMs = 30'000;
constexpr size_t kFramePrefixBytes = 5;
// What is handed to TLS at once: one record.
constexpr size_t kSendBytes = 16 << 10;
constexpr size_t kReceiveBytes = 64 << 10;
// Never in the way of what 64 callers get back.
constexpr int32_t kWindowBytes = 16 << 20;

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

Context MakeContext(const std::string& ca_pem) {
  Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size())), BIO_free);
  std::unique_ptr<X509, decltype(&X509_free)> ca(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  if (!context || !ca ||
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), ca.get()) != 1) {
    Fail("the CA certificate of the context cannot be read");
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  constexpr unsigned char kH2[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(context.get(), kH2, sizeof kH2);
  return context;
}

int Connect(const std::string& address) {
  const size_t colon = address.rfind(':');
  sockaddr_in place{};
  place.sin_family = AF_INET;
  uint32_t port = 0;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port)) Fail("not an address: " + address);
  place.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, address.substr(0, colon).c_str(), &place.sin_addr) != 1) {
    Fail("the HTTP/2 client needs an IPv4 address, not " + address);
  }
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(descriptor, reinterpret_cast<sockaddr*>(&place), sizeof place) != 0) {
    Fail("no connection to " + address);
  }
  return descriptor;
}

nghttp2_nv Header(std::string_view name, std::string_view value) {
  // nghttp2 only reads what it is given.
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

/// What all connections share.
struct Plan {
  const std::string& path;
  const std::string authorization;
  size_t active = 0;
};

/// The call that a caller has open.
struct Call {
  Http2Caller* caller = nullptr;
  std::string frame;
  size_t sent = 0;
  std::string answer;
  bool status_ok = false;
  std::string message;
};

class Connection {
 public:
  Connection(Plan& plan, SSL_CTX* context, const std::string& address)
      : plan_(plan), descriptor_(Connect(address)), ssl_(SSL_new(context)) {
    SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl_, kCertificateName);
    // SSL_set_tlsext_host_name is a macro with a C cast.
    SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(kCertificateName));
    SSL_set_fd(ssl_, descriptor_);
    if (SSL_connect(ssl_) != 1) Fail("the TLS handshake failed");
    // All records that have come with one read, instead of two reads for each.
    SSL_set_read_ahead(ssl_, 1);
    SSL_set_default_read_buffer_len(ssl_, kReceiveBytes);
    ::fcntl(descriptor_, F_SETFL, O_NONBLOCK);
    SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    OpenSession();
  }
  ~Connection() {
    nghttp2_session_del(session_);
    SSL_free(ssl_);
    ::close(descriptor_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Add(Http2Caller* caller) {
    calls_.push_back({});
    calls_.back().caller = caller;
    Start(calls_.back());
  }

  pollfd Wanted() const {
    const short events = out_.empty() ? POLLIN : POLLIN | POLLOUT;
    return {descriptor_, events, 0};
  }

  /// Takes what has come and sends what is due.
  void Proceed() {
    std::array<uint8_t, kReceiveBytes> bytes;
    for (;;) {
      const int got = SSL_read(ssl_, bytes.data(), static_cast<int>(bytes.size()));
      if (got <= 0) {
        if (SSL_get_error(ssl_, got) == SSL_ERROR_WANT_READ) break;
        Fail("the server has closed a connection");
      }
      if (nghttp2_session_mem_recv(session_, bytes.data(), static_cast<size_t>(got)) != got) {
        Fail("an answer is not HTTP/2");
      }
    }
    Send();
  }

  void Send() {
    for (;;) {
      const uint8_t* piece = nullptr;
      while (out_.size() < kSendBytes) {
        const ssize_t size = nghttp2_session_mem_send(session_, &piece);
        if (size < 0) Fail(nghttp2_strerror(static_cast<int>(size)));
        if (size == 0) break;
        out_.append(reinterpret_cast<const char*>(piece), static_cast<size_t>(size));
      }
      if (out_.empty()) return;
      const int put = SSL_write(ssl_, out_.data(), static_cast<int>(out_.size()));
      if (put <= 0) {
        if (SSL_get_error(ssl_, put) == SSL_ERROR_WANT_WRITE) return;
        Fail("the server has closed a connection");
      }
      out_.erase(0, static_cast<size_t>(put));
    }
  }

 private:
  void OpenSession() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnClose);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindowBytes},
                                               {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindowBytes);
  }

  void Start(Call& call) {
    call.caller->Begin();
    call.frame.clear();
    call.sent = 0;
    call.answer.clear();
    call.status_ok = false;
    const nghttp2_nv headers[] = {
        Header(":method", "POST"),     Header(":scheme", "https"),
        Header(":path", plan_.path),   Header(":authority", kCertificateName),
        Header("te", "trailers"),      Header("content-type", "application/grpc"),
        Header("grpc-timeout", "60S"), Header("authorization", plan_.authorization)};
    nghttp2_data_provider body{{.ptr = &call}, ReadBody};
    const int32_t stream =
        nghttp2_submit_request(session_, nullptr, headers, std::size(headers), &body, &call);
    if (stream < 0) Fail(nghttp2_strerror(stream));
  }

  void Finish(Call& call, uint32_t error) {
    if (error != 0 || !call.status_ok) Fail(plan_.path + ": " + call.message);
    uint32_t size = 0;
    if (call.answer.size() >= kFramePrefixBytes) {
      std::memcpy(&size, call.answer.data() + 1, sizeof size);
    }
    if (ntohl(size) + kFramePrefixBytes != call.answer.size()) Fail("an answer is cut");
    if (call.caller->Finish(std::string_view(call.answer).substr(kFramePrefixBytes))) {
      Start(call);
    } else {
      --plan_.active;
    }
  }

  // Puts the next message with its prefix into the frame; false when there is none.
  static bool Refill(Call& call) {
    call.sent = 0;
    call.frame.assign(kFramePrefixBytes, '\0');
    if (!call.caller->NextMessage(call.frame)) return false;
    const uint32_t size = htonl(static_cast<uint32_t>(call.frame.size() - kFramePrefixBytes));
    std::memcpy(call.frame.data() + 1, &size, sizeof size);
    return true;
  }

  static ssize_t ReadBody(nghttp2_session*, int32_t, uint8_t* out, size_t size, uint32_t* flags,
                          nghttp2_data_source* source, void*) {
    auto& call = *static_cast<Call*>(source->ptr);
    size_t filled = 0;
    while (filled < size) {
      if (call.sent == call.frame.size() && !Refill(call)) {
        *flags = NGHTTP2_DATA_FLAG_EOF;
        break;
      }
      const size_t take = std::min(size - filled, call.frame.size() - call.sent);
      std::memcpy(out + filled, call.frame.data() + call.sent, take);
      call.sent += take;
      filled += take;
    }
    return static_cast<ssize_t>(filled);
  }

  static Call& CallOf(nghttp2_session* session, int32_t stream) {
    return *static_cast<Call*>(nghttp2_session_get_stream_user_data(session, stream));
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void*) {
    const std::string_view header(reinterpret_cast<const char*>(name), name_size);
    const std::string_view text(reinterpret_cast<const char*>(value), value_size);
    if (header == "grpc-status") CallOf(session, frame->hd.stream_id).status_ok = text == "0";
    if (header == "grpc-message") CallOf(session, frame->hd.stream_id).message = text;
    return 0;
  }

  static int OnData(nghttp2_session* session, uint8_t, int32_t stream, const uint8_t* data,
                    size_t size, void*) {
    CallOf(session, stream).answer.append(reinterpret_cast<const char*>(data), size);
    return 0;
  }

  static int OnClose(nghttp2_session* session, int32_t stream, uint32_t error, void* self) {
    static_cast<Connection*>(self)->Finish(CallOf(session, stream), error);
    return 0;
  }

  Plan& plan_;
  const int descriptor_;
  SSL* const ssl_;
  nghttp2_session* session_ = nullptr;
  std::deque<Call> calls_;  // which do not move
  std::string out_;
};

}  // namespace

void DriveHttp2(const Server& server, const std::string& path, size_t connections,
                const std::vector<Http2Caller*>& callers) {
  const Context context = MakeContext(server.ca_pem());
  Plan plan{path, "Bearer " + server.token(), callers.size()};
  std::vector<std::unique_ptr<Connection>> all;
  for (size_t i = 0; i < connections; ++i) {
    all.push_back(std::make_unique<Connection>(plan, context.get(), server.address()));
  }
  for (size_t i = 0; i < callers.size(); ++i) all[i % connections]->Add(callers[i]);
  for (const auto& connection : all) connection->Send();
  std::vector<pollfd> wanted(connections);
  while (plan.active > 0) {
    for (size_t i = 0; i < connections; ++i) wanted[i] = all[i]->Wanted();
    if (::poll(wanted.data(), wanted.size(), kStuckMs) <= 0) Fail("the server does not answer");
    for (size_t i = 0; i < connections; ++i) {
      if (wanted[i].revents != 0) all[i]->Proceed();
    }
  }
}

}  // namespace tocsin::bench
