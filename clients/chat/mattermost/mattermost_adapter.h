// Mattermost: messages come over its WebSocket, posts go over REST; the bot opens both. After every
// gap the channels are read from where the bot was, so that what was said meanwhile is not lost,
// and posts whose fate is unknown are looked for before they are made again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "clients/chat/adapter/adapter.h"
#include "clients/chat/mattermost/mattermost_config.h"
#include "clients/chat/mattermost/mattermost_protocol.h"
#include "clients/chat/net/http_server.h"
#include "clients/chat/net/https_client.h"
#include "clients/chat/net/websocket_client.h"
#include "clients/chat/net/workers.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"

namespace tocsin::chat {

class MattermostAdapter : public Adapter {
 public:
  /// `clock` must outlive this object.
  MattermostAdapter(MattermostConfig config, AdapterContext context, runtime::Clock& clock,
                    ReconnectPauses pauses = {});
  ~MattermostAdapter() override;

  absl::Status Start() override;
  void Post(const Outbound& post) override;
  void Stop() override;

  /// Where button presses are taken; 0 without buttons.
  uint16_t button_port() const { return buttons_ == nullptr ? 0 : buttons_->port(); }

 private:
  using Visit = std::function<bool(const mattermost::Post& post)>;

  void Run();
  absl::Status RunConnection();
  absl::Status Introduce();
  absl::Status WaitForHello(WebSocketClient& socket);
  absl::Status CatchUp();
  absl::Status CatchUpDirect(int64_t& newest);
  absl::Status CatchUpIn(const std::string& channel, bool direct, int64_t& newest);
  absl::Status Follow(WebSocketClient& socket);
  absl::Status Take(const mattermost::Event& event);
  absl::Status TakePin(const mattermost::Event& event);
  bool HandUp(const Inbound& inbound);
  void Remember();
  bool IsRoom(const std::string& channel) const;

  absl::StatusOr<HttpResponse> Call(HttpsClient& client, const std::string& method,
                                    const std::string& path, const std::string& body = "") const;
  absl::Status Walk(HttpsClient& client, const std::string& channel, const Visit& visit) const;

  PostResult MakePost(const Outbound& post);
  absl::StatusOr<std::string> ChannelOf(const Outbound& post);
  HttpResponse OnPress(const HttpRequest& request);
  mattermost::Self self() const;

  const MattermostConfig config_;
  const AdapterContext context_;
  const std::string server_;
  const std::string button_key_;
  runtime::Clock& clock_;
  StateTeller state_;
  StopFlag stop_;
  Backoff backoff_;
  std::unique_ptr<HttpsClient> reading_;  // the reading thread's
  std::unique_ptr<HttpsClient> posting_;  // the worker's
  std::unique_ptr<HttpServer> buttons_;
  int64_t read_to_ms_ = 0;                              // the reading thread's
  int64_t remembered_to_ms_ = 0;                        // the reading thread's
  int64_t next_sequence_ = 0;                           // the reading thread's
  std::map<std::string, std::string> direct_channels_;  // the worker's

  mutable runtime::Mutex mutex_;
  mattermost::Self self_ TOCSIN_GUARDED_BY(mutex_);
  WebSocketClient* socket_ TOCSIN_GUARDED_BY(mutex_) = nullptr;
  PostWorker worker_;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin::chat
