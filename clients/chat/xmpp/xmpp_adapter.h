// XMPP rooms (XEP-0045) through libstrophe: one thread, one connection, TLS always. What the
// protocol means is Session's; here are only the library, the thread and the pauses before a new
// attempt.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "clients/chat/adapter/adapter.h"
#include "clients/chat/xmpp/session.h"
#include "clients/chat/xmpp/xmpp_config.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"

namespace tocsin::chat {

class XmppAdapter : public Adapter {
 public:
  /// `clock` must outlive this object.
  XmppAdapter(XmppConfig config, AdapterContext context, runtime::Clock& clock);
  ~XmppAdapter() override;

  absl::Status Start() override;
  void Post(const Outbound& post) override;
  void Stop() override;

 private:
  class Connection;

  void Run();
  void RunConnection();
  bool WaitBefore(absl::Duration pause);
  std::vector<Outbound> TakePosts();

  const XmppConfig config_;
  const AdapterContext context_;
  runtime::Clock& clock_;
  Session session_;
  Connection* connection_ = nullptr;  // the thread's, while there is one
  absl::Duration pause_;              // before the next attempt

  runtime::Mutex mutex_;
  runtime::Condition changed_;
  std::vector<Outbound> posts_ TOCSIN_GUARDED_BY(mutex_);
  bool stopping_ TOCSIN_GUARDED_BY(mutex_) = false;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin::chat
