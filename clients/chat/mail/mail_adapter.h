// One way: posts as mail through one server (SMTP, RFC 5321), over TLS or not at all. Sending is
// libcurl's.
#pragma once

#include <string>

#include "clients/chat/adapter/adapter.h"
#include "clients/chat/mail/mail_config.h"
#include "clients/chat/net/workers.h"

namespace tocsin::chat {

class MailAdapter : public Adapter {
 public:
  MailAdapter(MailConfig config, AdapterContext context);
  ~MailAdapter() override;

  absl::Status Start() override;
  void Post(const Outbound& post) override;
  void Stop() override;

 private:
  PostResult Send(const Outbound& post);

  const MailConfig config_;
  const AdapterContext context_;
  StateTeller state_;
  StopFlag stop_;
  PostWorker worker_;
};

}  // namespace tocsin::chat
