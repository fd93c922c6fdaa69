#include "clients/chat/main/run.h"

#include <signal.h>

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/chat/bot/bot.h"
#include "clients/chat/bot/grpc_runner.h"
#include "clients/chat/bot/watcher.h"
#include "clients/chat/irc/irc_adapter.h"
#include "clients/chat/mail/mail_adapter.h"
#include "clients/chat/matrix/matrix_adapter.h"
#include "clients/chat/mattermost/mattermost_adapter.h"
#include "clients/chat/slack/slack_adapter.h"
#include "clients/chat/webhook/webhook_adapter.h"
#include "clients/chat/xmpp/xmpp_adapter.h"
#include "clients/core/bootstrap.h"
#include "clients/core/connection.h"
#include "clients/core/context.h"
#include "server/base/error.h"
#include "server/base/status_macros.h"
#include "server/runtime/clock.h"
#include "server/runtime/log.h"
#include "server/runtime/thread.h"
#include "tocsin/v1/access.grpc.pb.h"

namespace tocsin::chat {
namespace {

using runtime::LogLevel;

// The bot's own context lies in its state directory, never in a person's.
client::ContextStore Contexts(const Config& config) {
  return client::ContextStore([directory = config.state + "/server"](
                                  const std::string& name) -> std::optional<std::string> {
    if (name == "TOCSIN_CONFIG_DIR") return directory;
    return std::nullopt;
  });
}

absl::StatusOr<client::Connection::Options> Credentials(const Config& config) {
  const absl::StatusOr<client::Settings> settings = Contexts(config).Resolve({});
  if (absl::IsUnauthenticated(settings.status())) {
    return Error(absl::StatusCode::kUnauthenticated, "NOT_ENROLLED", "the bot is not enrolled",
                 "An admin makes a code: tocsin principal add chat --role responder. Then: "
                 "tocsin-chat enrol --config FILE --fingerprint SHA256:…");
  }
  TOCSIN_RETURN_IF_ERROR(settings.status());
  return client::Connection::Options{
      .server = config.server, .ca_pem = settings->context.ca_pem, .token = settings->token};
}

// What an adapter remembers, in the bot's state under the adapter's name.
class Memory : public AdapterMemory {
 public:
  Memory(ChatState& state, std::string adapter) : state_(state), adapter_(std::move(adapter)) {}
  std::string Get(std::string_view key) const override {
    return state_.Remembered(adapter_, std::string(key));
  }
  absl::Status Put(std::string_view key, std::string_view value) override {
    return state_.Remember(adapter_, std::string(key), std::string(value));
  }

 private:
  ChatState& state_;
  const std::string adapter_;
};

// The adapters of a configuration, with what they need. Stops them before it goes.
class Adapters {
 public:
  Adapters(const Config& config, ChatState& state, Bot& bot, runtime::Clock& clock) {
    for (const IrcConfig& irc : config.irc) Add<IrcAdapter>("irc", irc, state, bot, clock);
    for (const MailConfig& mail : config.mail) {
      Add<MailAdapter>("mail", mail, state, bot);
    }
    for (const MatrixConfig& matrix : config.matrix) {
      Add<MatrixAdapter>("matrix", matrix, state, bot, clock);
    }
    for (const MattermostConfig& mattermost : config.mattermost) {
      Add<MattermostAdapter>("mattermost", mattermost, state, bot, clock);
    }
    for (const SlackConfig& slack : config.slack) {
      Add<SlackAdapter>("slack", slack, state, bot, clock);
    }
    for (const WebhookConfig& webhook : config.webhook) {
      Add<WebhookAdapter>("webhook", webhook, state, bot, clock);
    }
    for (const XmppConfig& xmpp : config.xmpp) {
      Add<XmppAdapter>("xmpp", xmpp, state, bot, clock);
    }
  }
  ~Adapters() {
    for (const auto& adapter : adapters_) adapter->Stop();
  }
  Adapters(const Adapters&) = delete;
  Adapters& operator=(const Adapters&) = delete;

  absl::Status Start() {
    for (const auto& adapter : adapters_) TOCSIN_RETURN_IF_ERROR(adapter->Start());
    return absl::OkStatus();
  }

 private:
  template <typename Made, typename Section, typename... More>
  void Add(const char* platform, const Section& config, ChatState& state, Bot& bot, More&... more) {
    memories_.push_back(std::make_unique<Memory>(state, config.name));
    AdapterContext context{config.name, bot, *memories_.back()};
    adapters_.push_back(std::make_unique<Made>(config, context, more...));
    bot.Add(config.name, {platform, config.rooms, adapters_.back().get()});
  }

  std::vector<std::unique_ptr<Memory>> memories_;
  std::vector<std::unique_ptr<Adapter>> adapters_;
};

void WaitForSignal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  int signal = 0;
  sigwait(&set, &signal);
}

}  // namespace

absl::Status Enrol(const Config& config, const std::string& code, const std::string& fingerprint) {
  TOCSIN_ASSIGN_OR_RETURN(const client::ServerAddress address, client::ParseServer(config.server));
  TOCSIN_ASSIGN_OR_RETURN(const client::ServerIdentity shown,
                          client::FetchServerIdentity(address, absl::Seconds(5)));
  if (!client::SameFingerprint(fingerprint, shown.fingerprint)) {
    return Error(absl::StatusCode::kPermissionDenied, "FINGERPRINT_MISMATCH",
                 absl::StrCat("the server shows the fingerprint ", shown.fingerprint,
                              ", not the given one; the code was not sent"),
                 "Compare with what the server printed at its first start.");
  }
  client::Connection connection(
      {.server = address.ToString(), .ca_pem = shown.ca_pem, .token = ""});
  v1::EnrolRequest request;
  request.set_code(code);
  request.set_device("tocsin-chat");
  TOCSIN_ASSIGN_OR_RETURN(const v1::EnrolResponse response,
                          connection.CallOnce(&v1::AccessService::Stub::Enrol, request));
  client::Context context;
  context.name = "default";
  context.server = address.ToString();
  context.ca_pem = shown.ca_pem;
  context.verifier_key = response.verifier_key();
  context.organisation = response.organisation();
  context.handle = response.principal().handle();
  return Contexts(config).Save(context, response.token());
}

absl::Status Run(const Config& config) {
  TOCSIN_ASSIGN_OR_RETURN(client::Connection::Options credentials, Credentials(config));
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<ChatState> state, ChatState::Open(config.state));
  const std::string token = credentials.token;
  client::Connection connection(std::move(credentials));
  GrpcRunner runner(connection, token);
  runtime::SystemClock clock;
  Bot bot(*state, runner, clock, config.zone);
  Adapters adapters(config, *state, bot, clock);
  Watcher watcher(connection, token, *state, bot, clock);
  TOCSIN_RETURN_IF_ERROR(adapters.Start());
  watcher.Start();
  runtime::Log(LogLevel::kInfo, "chat.started", {{"server", config.server}});

  std::atomic<bool> stopping = false;
  runtime::Thread worker("chat-bot", [&] {
    while (!stopping) bot.WaitForWork(bot.Step());
  });
  WaitForSignal();
  stopping = true;
  bot.Wake();
  worker.Join();
  runtime::Log(LogLevel::kInfo, "chat.stopped");
  return absl::OkStatus();
}

}  // namespace tocsin::chat
