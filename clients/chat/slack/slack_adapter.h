// Slack. The bot hears over two sockets that overlap (Socket Mode), because Slack ends each of them
// now and then and says nothing in between, or by signed requests to a port of the loopback. Posts
// go over the Web API; one whose fate is unknown is looked for by its metadata first.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>

#include "clients/chat/adapter/adapter.h"
#include "clients/chat/net/http_server.h"
#include "clients/chat/net/websocket_client.h"
#include "clients/chat/net/workers.h"
#include "clients/chat/slack/slack_config.h"
#include "clients/chat/slack/slack_protocol.h"
#include "clients/chat/slack/slack_signature.h"
#include "clients/chat/slack/slack_web.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"

namespace tocsin::chat {

class SlackAdapter : public Adapter {
 public:
  /// `clock` must outlive this object.
  SlackAdapter(SlackConfig config, AdapterContext context, runtime::Clock& clock,
               ReconnectPauses pauses = {});
  ~SlackAdapter() override;

  absl::Status Start() override;
  void Post(const Outbound& post) override;
  void Stop() override;

  /// Where signed requests are taken; 0 without.
  uint16_t port() const { return listener_ == nullptr ? 0 : listener_->port(); }

 private:
  static constexpr size_t kSockets = 2;
  // What one thread has for itself.
  struct Line {
    std::unique_ptr<slack::Web> web;
    WebSocketClient* socket = nullptr;  // guarded by mutex_
    std::unique_ptr<runtime::Thread> thread;
  };
  enum class Taken { kYes, kNotOurs, kNo };

  void RunSocket(Line& line);
  absl::Status Converse(Line& line, bool& opened);
  absl::Status Follow(Line& line, WebSocketClient& socket);
  void RunWatch(Line& line);
  absl::Status Introduce(Line& line);
  absl::Status CatchUp(Line& line);
  absl::Status ReadGap(Line& line, int64_t since_us);
  void SocketOpened();
  void SocketClosed(const std::string& problem);

  Taken Take(slack::Web& web, const slack::Event& event, bool patient);
  Taken HandUp(const Inbound& inbound, bool patient);
  bool IsRoom(const std::string& channel) const;
  slack::Self self() const;
  void Heard(const Inbound& inbound);
  void RememberPosition();

  PostResult MakePost(const Outbound& post);
  absl::StatusOr<std::string> ChannelOf(const Outbound& post);
  HttpResponse OnRequest(const HttpRequest& request);
  HttpResponse OnPayload(const HttpRequest& request, const nlohmann::json& payload);

  const SlackConfig config_;
  const AdapterContext context_;
  const std::string button_key_;
  runtime::Clock& clock_;
  const ReconnectPauses pauses_;
  StateTeller state_;
  StopFlag stop_;
  SlackVerifier verifier_;  // the listener's
  std::unique_ptr<slack::Web> listening_;
  std::unique_ptr<slack::Web> posting_;
  std::map<std::string, std::string> direct_channels_;  // the worker's

  mutable runtime::Mutex mutex_;
  slack::Self self_ TOCSIN_GUARDED_BY(mutex_);
  size_t open_sockets_ TOCSIN_GUARDED_BY(mutex_) = 0;
  /// No socket was open since the position that is remembered; one line reads what was said.
  bool gap_ TOCSIN_GUARDED_BY(mutex_) = true;
  bool reading_gap_ TOCSIN_GUARDED_BY(mutex_) = false;
  int64_t heard_to_us_ TOCSIN_GUARDED_BY(mutex_) = 0;
  int64_t remembered_to_us_ TOCSIN_GUARDED_BY(mutex_) = 0;
  std::array<Line, kSockets> lines_;
  PostWorker worker_;
  std::unique_ptr<HttpServer> listener_;
};

}  // namespace tocsin::chat
