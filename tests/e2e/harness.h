// The real server and real people at it. A Server is the `tocsind` binary on a free port of
// 127.0.0.1; a Person is a configuration directory of its own with which the `tocsin` binary is
// run, or a gRPC connection made as any client makes it. All of it goes over TLS, and nothing is
// shared between tests.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/core/connection.h"
#include "tests/e2e/process.h"
#include "tocsin/v1/incident.grpc.pb.h"
#include "tocsin/v1/log.grpc.pb.h"
#include "tocsin/v1/timeline.grpc.pb.h"

namespace tocsin::e2e {

/// One data directory and the server that runs on it.
class Server {
 public:
  struct Options {
    /// Path of a file for --config; empty: none.
    std::string config;
    /// Folder for --library; empty: the repository's playbooks/.
    std::string library = {};
    /// How many organisations the configuration has.
    size_t organisations = 1;
    int files_max = 0;
  };

  /// An empty data directory; nothing runs yet.
  explicit Server(Options options);
  Server();

  /// Runs `tocsind serve` and waits until it has told where it listens. A server that does not
  /// start fails the test.
  void Start();
  /// The same on the port of the last start, as a server comes back in real life.
  void StartAgain();
  /// SIGTERM; the time until it ended. One that does not end within 20 s, or not with 0, fails the
  /// test.
  absl::Duration Stop();
  /// SIGKILL.
  void Kill();
  pid_t pid() const { return process_->pid(); }

  /// "127.0.0.1:41234", of the last start.
  const std::string& endpoint() const { return endpoint_; }
  const std::string& fingerprint() const { return fingerprint_; }
  /// The one-time code that the first start printed for an organisation.
  const std::string& code(const std::string& organisation = "default") const;
  std::string data() const { return dir_.File("data"); }
  /// What the server wrote to standard error since the directory was made.
  std::string Log() const { return ReadFile(dir_.File("log")); }
  /// All that this start wrote to standard output so far.
  const std::string& output() const { return process_->output(); }

  /// The command line of Start: for tests of a server that refuses to.
  Command ServeCommand() const;

 private:
  void ReadLines();

  TempDir dir_;
  Options options_;
  std::unique_ptr<Process> process_;
  std::string listen_ = "127.0.0.1:0";
  std::string endpoint_;
  std::string fingerprint_;
  std::map<std::string, std::string> codes_;
};

/// The path of `tocsind`.
std::string ServerBinary();

/// Somebody with a configuration directory. Not thread-safe, but connections of one person may be
/// used in several threads, one each.
class Person {
 public:
  /// Knows no server yet.
  explicit Person(std::string name);

  /// `tocsin ARGUMENTS…` as this person would run it.
  Command CommandOf(std::vector<std::string> arguments, const std::string& input = "") const;
  Exit Run(std::vector<std::string> arguments, const std::string& input = "") const;
  /// The same; it must succeed. Returns standard output.
  std::string Do(std::vector<std::string> arguments, const std::string& input = "") const;
  /// The same with `-o json`, read.
  nlohmann::json Json(std::vector<std::string> arguments) const;
  /// It must be refused with this exit code; the error must have its three parts and `message` in
  /// it. Returns the error.
  std::string Refused(int code, const std::string& message, std::vector<std::string> arguments,
                      const std::string& input = "") const;

  /// Enrols with the CLI.
  void Enrol(const Server& server, const std::string& code);
  /// From now on talks to where `server` is now.
  void Follow(const Server& server);
  /// A connection as the CLI makes it, from what enrolling left on disk.
  client::Connection Connect() const;
  client::Connection::Options Credentials() const;
  const std::string& name() const { return name_; }
  std::string File(const std::string& name) const { return dir_->File(name); }

 private:
  std::map<std::string, std::string> Environment() const;

  std::string name_;
  std::shared_ptr<TempDir> dir_;
  std::string server_;
};

/// The holder of the organisation's first code: may manage people.
Person Admin(const Server& server, const std::string& organisation = "default");
/// A new person with these organisation roles, enrolled.
Person NewPerson(const Person& admin, const Server& server, const std::string& handle,
                 const std::vector<std::string>& roles);

/// Fails the test with the whole error.
void RequireOk(const absl::Status& status);

/// Sends one request that must succeed.
template <typename Stub, typename Request, typename Response>
Response MustCall(client::Connection& connection,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request) {
  auto response = connection.Call(method, request);
  RequireOk(response.status());
  return *std::move(response);
}

/// The independent verifier's run over an export bundle.
Exit VerifyWithPython(const std::string& bundle);
/// A script of this checkout, with the standard library and what the machine has.
Exit RunPython(const std::string& script, const std::vector<std::string>& arguments);
/// A time as the API's JSON writes it, and as the command line takes it.
absl::Time TimeOf(const nlohmann::json& json);
std::string Utc(absl::Time time);
/// The same wall time one month later; the last day of that month when it has no such day. Computed
/// from the statute's words, not by the product.
absl::Time OneMonthAfter(const std::string& zone_name, absl::Time time);

/// How many entries the organisation's log has.
uint64_t LogSize(client::Connection& connection);
/// All entries of an incident ("INC-2026-0042" or its full name).
std::vector<v1::Entry> Timeline(client::Connection& connection, const std::string& incident);
/// Declares with title and severity; returns "incidents/INC-…".
std::string Declare(client::Connection& connection, const std::string& title);
/// The request of an observation in `incident`, with a request id of its own.
v1::RecordEntryRequest Observation(const std::string& incident, const std::string& text);

}  // namespace tocsin::e2e
