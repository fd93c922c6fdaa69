#include "clients/chat/xmpp/xmpp_adapter.h"

#include <strophe.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/runtime/log.h"

namespace tocsin::chat {
namespace {

constexpr absl::Duration kPauseMin = absl::Seconds(1);
constexpr absl::Duration kPauseMax = absl::Minutes(1);
constexpr absl::Duration kConnectWithin = absl::Seconds(20);
// How long a post may lie before the library's loop looks at it.
constexpr unsigned long kLoopMilliseconds = 10;
// Deeper than any stanza that means something.
constexpr int kDepthMax = 16;

struct StanzaRelease {
  void operator()(xmpp_stanza_t* stanza) const { xmpp_stanza_release(stanza); }
};
using Stanza = std::unique_ptr<xmpp_stanza_t, StanzaRelease>;

Element Read(xmpp_stanza_t* stanza, int depth) {
  Element element;
  if (const char* name = xmpp_stanza_get_name(stanza)) element.name = name;
  if (const char* xmlns = xmpp_stanza_get_ns(stanza)) element.xmlns = xmlns;
  const int count = xmpp_stanza_get_attribute_count(stanza);
  std::vector<const char*> attributes(static_cast<size_t>(std::max(count, 0)) * 2);
  xmpp_stanza_get_attributes(stanza, attributes.data(), count * 2);
  for (size_t i = 0; i + 1 < attributes.size(); i += 2) {
    if (attributes[i] != nullptr) element.attributes[attributes[i]] = attributes[i + 1];
  }
  for (xmpp_stanza_t* child = xmpp_stanza_get_children(stanza); child != nullptr;
       child = xmpp_stanza_get_next(child)) {
    if (xmpp_stanza_is_text(child) != 0) {
      if (const char* text = xmpp_stanza_get_text_ptr(child)) element.text += text;
    } else if (depth < kDepthMax) {
      element.children.push_back(Read(child, depth + 1));
    }
  }
  return element;
}

Stanza Write(xmpp_ctx_t* context, const Element& element) {
  Stanza stanza(xmpp_stanza_new(context));
  xmpp_stanza_set_name(stanza.get(), element.name.c_str());
  if (!element.xmlns.empty()) xmpp_stanza_set_ns(stanza.get(), element.xmlns.c_str());
  for (const auto& [key, value] : element.attributes) {
    xmpp_stanza_set_attribute(stanza.get(), key.c_str(), value.c_str());
  }
  if (!element.text.empty()) {
    const Stanza text(xmpp_stanza_new(context));
    xmpp_stanza_set_text(text.get(), element.text.c_str());
    xmpp_stanza_add_child(stanza.get(), text.get());
  }
  for (const Element& child : element.children) {
    xmpp_stanza_add_child(stanza.get(), Write(context, child).get());
  }
  return stanza;
}

// The library gives its certificate callback nothing of ours; it runs in the thread of the
// connection.
thread_local std::string pinned_fingerprint;

int AcceptPinned(const xmpp_tlscert_t* certificate, const char* /*message*/) {
  if (pinned_fingerprint.empty()) return 0;
  const char* text = xmpp_tlscert_get_string(certificate, XMPP_CERT_FINGERPRINT_SHA256);
  std::string digits;
  for (; text != nullptr && *text != '\0'; ++text) {
    if (*text == ':') continue;
    const char c = *text;
    digits.push_back(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return digits == pinned_fingerprint ? 1 : 0;
}

// The library's own messages hold passwords in places.
void DropLog(void* /*data*/, xmpp_log_level_t /*level*/, const char* /*area*/,
             const char* /*message*/) {}

std::string Why(int error, const xmpp_stream_error_t* stream_error) {
  if (stream_error != nullptr) {
    switch (stream_error->type) {
      case XMPP_SE_CONFLICT:
        return "somebody else is connected as the bot";
      case XMPP_SE_SYSTEM_SHUTDOWN:
        return "the server shuts down";
      default:
        return absl::StrCat("the server ended the stream (",
                            stream_error->text == nullptr ? "" : stream_error->text, ")");
    }
  }
  if (error == XMPP_EINT)
    return "the server or its certificate was not accepted, or the password was not";
  if (error > 0) return std::generic_category().message(error);
  return "the connection ended";
}

}  // namespace

// One connection from its first byte to its last. Lives in the adapter's thread.
class XmppAdapter::Connection {
 public:
  Connection(const XmppConfig& config, std::function<void()> on_up,
             std::function<void(const Element&)> on_stanza)
      : on_up_(std::move(on_up)), on_stanza_(std::move(on_stanza)) {
    log_ = {DropLog, nullptr};
    context_ = xmpp_ctx_new(nullptr, &log_);
    connection_ = xmpp_conn_new(context_);
    xmpp_conn_set_flags(connection_, XMPP_CONN_FLAG_MANDATORY_TLS | XMPP_CONN_FLAG_DISABLE_SM);
    xmpp_conn_set_jid(connection_, config.jid.c_str());
    xmpp_conn_set_pass(connection_, config.password.c_str());
    if (!config.ca_file.empty()) xmpp_conn_set_cafile(connection_, config.ca_file.c_str());
    pinned_fingerprint = config.fingerprint;
    xmpp_conn_set_certfail_handler(connection_, AcceptPinned);
    xmpp_conn_set_sockopt_callback(connection_, xmpp_sockopt_cb_keepalive);
  }
  ~Connection() {
    xmpp_conn_release(connection_);
    xmpp_ctx_free(context_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool Open(const XmppConfig& config) {
    const char* host = config.host.empty() ? nullptr : config.host.c_str();
    return xmpp_connect_client(connection_, host, config.port, OnEvent, this) == XMPP_EOK;
  }
  // Says goodbye, so that the rooms see the bot leave, but waits no longer than a moment for it.
  void Close() {
    constexpr int kLoops = 30;
    if (!up_ || ended_) return;
    xmpp_disconnect(connection_);
    for (int i = 0; i < kLoops && !ended_; ++i) RunOnce();
  }
  void RunOnce() { xmpp_run_once(context_, kLoopMilliseconds); }
  void Send(const Element& element) {
    if (up_ && !ended_) xmpp_send(connection_, Write(context_, element).get());
  }

  bool up() const { return up_; }
  bool ended() const { return ended_; }
  const std::string& problem() const { return problem_; }

 private:
  static void OnEvent(xmpp_conn_t* connection, xmpp_conn_event_t event, int error,
                      xmpp_stream_error_t* stream_error, void* data) {
    auto& self = *static_cast<Connection*>(data);
    if (event == XMPP_CONN_CONNECT) {
      // One for all: the library takes the same function and data only once.
      xmpp_handler_add(connection, OnStanza, nullptr, nullptr, nullptr, data);
      self.up_ = true;
      self.on_up_();
      return;
    }
    if (event == XMPP_CONN_RAW_CONNECT) return;
    self.ended_ = true;
    self.problem_ = Why(error, stream_error);
  }
  static int OnStanza(xmpp_conn_t* /*connection*/, xmpp_stanza_t* stanza, void* data) {
    static_cast<Connection*>(data)->on_stanza_(Read(stanza, 0));
    return 1;  // stays registered
  }

  std::function<void()> on_up_;
  std::function<void(const Element&)> on_stanza_;
  xmpp_log_t log_;
  xmpp_ctx_t* context_;
  xmpp_conn_t* connection_;
  bool up_ = false;
  bool ended_ = false;
  std::string problem_;
};

XmppAdapter::XmppAdapter(XmppConfig config, AdapterContext context, runtime::Clock& clock)
    : config_(std::move(config)),
      context_(std::move(context)),
      clock_(clock),
      session_(config_, context_,
               [this](const Element& element) {
                 if (connection_ != nullptr) connection_->Send(element);
               }),
      pause_(kPauseMin) {
  xmpp_initialize();
}

XmppAdapter::~XmppAdapter() {
  Stop();
}

absl::Status XmppAdapter::Start() {
  thread_ = std::make_unique<runtime::Thread>("chat-xmpp", [this] { Run(); });
  return absl::OkStatus();
}

void XmppAdapter::Post(const Outbound& post) {
  runtime::MutexLock lock(mutex_);
  posts_.push_back(post);
}

void XmppAdapter::Stop() {
  {
    runtime::MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.reset();
}

std::vector<Outbound> XmppAdapter::TakePosts() {
  runtime::MutexLock lock(mutex_);
  return std::exchange(posts_, {});
}

// False when the adapter is to stop.
bool XmppAdapter::WaitBefore(absl::Duration pause) {
  const absl::Time until = clock_.Now() + pause;
  runtime::MutexLock lock(mutex_);
  while (!stopping_) {
    const absl::Duration left = until - clock_.Now();
    if (left <= absl::ZeroDuration()) return true;
    changed_.WaitFor(mutex_, left);
  }
  return false;
}

void XmppAdapter::Run() {
  do {
    RunConnection();
  } while (WaitBefore(std::exchange(pause_, std::min(pause_ * 2, kPauseMax))));
}

void XmppAdapter::RunConnection() {
  Connection connection(
      config_, [this] { session_.OnConnected(clock_.Now()); },
      [this](const Element& stanza) { session_.OnStanza(stanza, clock_.Now()); });
  connection_ = &connection;
  const absl::Time began = clock_.Now();
  absl::Time last_tick = began;
  std::string problem;
  if (!connection.Open(config_)) problem = "no connection could be opened";
  while (problem.empty() && !connection.ended()) {
    if (!WaitBefore(absl::ZeroDuration())) break;
    connection.RunOnce();
    const absl::Time now = clock_.Now();
    if (!connection.up()) {
      if (now - began > kConnectWithin) problem = "the server does not answer";
      continue;
    }
    pause_ = kPauseMin;
    for (const Outbound& post : TakePosts()) session_.Post(post, now);
    if (now - last_tick < absl::Seconds(1)) continue;
    last_tick = now;
    if (!session_.OnTick(now)) problem = "the server has stopped answering";
  }
  if (problem.empty()) problem = connection.problem();
  if (problem.empty()) problem = "the bot stops";
  connection.Close();
  connection_ = nullptr;
  runtime::Log(runtime::LogLevel::kInfo, "chat.disconnected",
               {{"adapter", context_.name}, {"cause", problem}});
  session_.OnDisconnected(
      absl::StrCat("cannot reach ", config_.jid.substr(config_.jid.find('@') + 1), ": ", problem));
  for (const Outbound& post : TakePosts()) {
    context_.events.OnPosted(context_.name, post.key, {.state = PostState::kUnknown});
  }
}

}  // namespace tocsin::chat
