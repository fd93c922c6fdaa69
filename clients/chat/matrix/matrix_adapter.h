// Matrix: one thread asks the homeserver for what is new (/sync), another one posts. The position
// of reading moves when all before it is on disk. A post goes out under its key as transaction id,
// which the server takes once. Encrypted rooms are refused, loudly: the bot could read nothing in
// them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "clients/chat/adapter/adapter.h"
#include "clients/chat/matrix/matrix_config.h"
#include "clients/chat/matrix/matrix_protocol.h"
#include "clients/chat/net/https_client.h"
#include "clients/chat/net/workers.h"
#include "server/runtime/clock.h"
#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"

namespace tocsin::chat {

class MatrixAdapter : public Adapter {
 public:
  /// `clock` must outlive this object.
  MatrixAdapter(MatrixConfig config, AdapterContext context, runtime::Clock& clock,
                ReconnectPauses pauses = {});
  ~MatrixAdapter() override;

  absl::Status Start() override;
  void Post(const Outbound& post) override;
  void Stop() override;

 private:
  using Visit = std::function<bool(const nlohmann::json& event)>;

  void Run();
  absl::Status Converse();
  absl::Status Introduce();
  absl::Status CheckRooms();
  absl::StatusOr<bool> IsEncrypted(const std::string& room);
  absl::StatusOr<matrix::Sync> AskSync(bool wait);
  absl::Status TakeSync(const matrix::Sync& sync);
  absl::Status TakeInvitation(const matrix::Sync::Invitation& invitation);
  absl::Status ReadGap(const matrix::Sync::Gap& gap);
  absl::Status Take(matrix::Event event);
  absl::Status TakePin(const matrix::Event& event);
  absl::Status TellEncrypted(const std::string& room);
  absl::StatusOr<bool> IsDirect(const std::string& room, const std::string& account);
  bool HandUp(const Inbound& inbound);
  bool IsRoom(const std::string& room) const;

  absl::StatusOr<HttpResponse> Call(HttpsClient& client, const std::string& method,
                                    const std::string& path, const nlohmann::json* body = nullptr,
                                    absl::Duration timeout = absl::Seconds(20)) const;
  absl::Status WalkBack(HttpsClient& client, const std::string& room, const std::string& from,
                        const std::string& to, const Visit& visit) const;
  PostResult MakePost(const Outbound& post);
  std::string self() const;

  const MatrixConfig config_;
  const AdapterContext context_;
  runtime::Clock& clock_;
  StateTeller state_;
  StopFlag stop_;
  Backoff backoff_;
  std::unique_ptr<HttpsClient> reading_;  // the reading thread's
  std::unique_ptr<HttpsClient> posting_;  // the worker's
  std::string since_;                     // the reading thread's
  mutable runtime::Mutex mutex_;
  std::string self_ TOCSIN_GUARDED_BY(mutex_);
  PostWorker worker_;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin::chat
