// What the tests of the offline queue share: a server, somebody with an incident, and their queue,
// also as the client's own library sees it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/core/context.h"
#include "clients/core/offline_write.h"
#include "clients/core/write_queue.h"
#include "tests/e2e/harness.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {

inline constexpr int kNoRights = 4;
inline constexpr int kUnreachable = 6;
inline constexpr int kQueued = 7;
inline constexpr int kFinding = 8;

struct OfflineDesk {
  OfflineDesk() {
    server.Start();
    admin = std::make_unique<Person>(Admin(server));
    ada = std::make_unique<Person>(NewPerson(*admin, server, "ada", {"commander", "ciso"}));
    incident = std::string(absl::StripAsciiWhitespace(
        ada->Do({"declare", "A case", "--severity", "sev3", "-o", "id"})));
  }
  // What people wrote, in the order of the record.
  std::vector<v1::Entry> Written() const {
    client::Connection connection = ada->Connect();
    std::vector<v1::Entry> entries;
    for (v1::Entry& entry : Timeline(connection, incident)) {
      if (entry.type() == "entry-recorded") entries.push_back(std::move(entry));
    }
    return entries;
  }
  std::vector<std::string> Texts() const {
    std::vector<std::string> texts;
    for (const v1::Entry& entry : Written()) texts.push_back(entry.text());
    return texts;
  }
  void Queue(const std::string& text) const {
    const Exit exit = ada->Run({"log", text});
    INFO(exit.err);
    REQUIRE(exit.code == kQueued);
  }

  // Ada's environment, as the programs that she runs see it.
  client::Environment AdasEnvironment() const {
    return [variables = ada->CommandOf({}).environment](
               const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
  }
  client::Context AdasContext() const {
    auto settings = client::ContextStore(AdasEnvironment()).Resolve({});
    RequireOk(settings.status());
    return settings->context;
  }
  client::WriteQueue AdasQueue() const {
    auto queue = client::WriteQueue::Of(AdasEnvironment(), AdasContext());
    RequireOk(queue.status());
    return *queue;
  }
  // Puts entries into the queue as `log` would at `claimed`, without a process for each, from q-1.
  std::vector<std::string> Fill(int count, absl::Time claimed) const {
    const client::WriteQueue queue = AdasQueue();
    const client::Context context = AdasContext();
    std::vector<std::string> texts;
    for (int i = 1; i <= count; ++i) {
      texts.push_back(absl::StrCat("queued text ", i));
      auto write = client::ForQueue(Observation(absl::StrCat("incidents/", incident), texts.back()),
                                    claimed, context);
      RequireOk(write.status());
      write->number = static_cast<uint64_t>(i);
      RequireOk(queue.Update(*write));
    }
    return texts;
  }

  Server server;
  std::unique_ptr<Person> admin;
  std::unique_ptr<Person> ada;
  std::string incident;
};

}  // namespace tocsin::e2e
