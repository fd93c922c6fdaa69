// IRC: the bot sits in channels over TLS. It tells there what there is to tell; what people write
// counts only where the server itself says whose account wrote it (account-tag), because a nick is
// anybody's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "clients/chat/adapter/adapter.h"
#include "clients/chat/irc/irc_config.h"
#include "clients/chat/irc/irc_session.h"
#include "clients/chat/net/line_client.h"
#include "clients/chat/net/workers.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"

namespace tocsin::chat {

class IrcAdapter : public Adapter {
 public:
  /// `clock` must outlive this object.
  IrcAdapter(IrcConfig config, AdapterContext context, runtime::Clock& clock,
             ReconnectPauses pauses = {}, irc::Pace pace = {});
  ~IrcAdapter() override;

  absl::Status Start() override;
  void Post(const Outbound& post) override;
  void Stop() override;

 private:
  void Run();
  absl::Status RunConnection();
  absl::Status Talk(LineClient& client);
  void HandUp(const Inbound& inbound);
  void Write(const std::string& line);
  std::vector<Outbound> TakePosts();

  const IrcConfig config_;
  const AdapterContext context_;
  runtime::Clock& clock_;
  StateTeller state_;
  StopFlag stop_;
  Backoff backoff_;
  irc::Session session_;           // the thread's
  absl::Status write_problem_;     // the thread's
  LineClient* writing_ = nullptr;  // the thread's

  runtime::Mutex mutex_;
  std::vector<Outbound> posts_ TOCSIN_GUARDED_BY(mutex_);
  LineClient* client_ TOCSIN_GUARDED_BY(mutex_) = nullptr;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin::chat
