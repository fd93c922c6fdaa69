// One way: each post becomes a signed HTTPS request to a receiver of the organisation's own. The
// receiver checks who sent it and when, and takes each key once; so a post whose fate is unknown is
// sent again as it was.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "clients/chat/adapter/adapter.h"
#include "clients/chat/net/https_client.h"
#include "clients/chat/net/workers.h"
#include "clients/chat/webhook/webhook_config.h"
#include "server/runtime/clock.h"

namespace tocsin::chat {

/// The request for a post. Signed: "v1=" and the hexadecimal HMAC-SHA256 of
/// "v1:TIMESTAMP:KEY:BODY", with TIMESTAMP in seconds since 1970 and KEY the Idempotency-Key.
HttpRequest WebhookRequest(const WebhookConfig& config, const Outbound& post, absl::Time now);

/// What the receiver's answer means for the post.
PostResult ReadWebhookAnswer(const HttpResponse& response, absl::Time now);

class WebhookAdapter : public Adapter {
 public:
  /// `clock` must outlive this object.
  WebhookAdapter(WebhookConfig config, AdapterContext context, runtime::Clock& clock);
  ~WebhookAdapter() override;

  absl::Status Start() override;
  void Post(const Outbound& post) override;
  void Stop() override;

 private:
  PostResult Send(const Outbound& post);

  const WebhookConfig config_;
  const AdapterContext context_;
  runtime::Clock& clock_;
  StateTeller state_;
  std::unique_ptr<HttpsClient> client_;
  PostWorker worker_;
};

}  // namespace tocsin::chat
