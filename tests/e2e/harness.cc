#include "tests/e2e/harness.h"

#include <stdlib.h>

#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "clients/core/context.h"
#include "clients/core/request_id.h"
#include "server/base/error.h"
#include "tests/support/catch.h"

namespace tocsin::e2e {
namespace {

constexpr absl::Duration kStartLimit = absl::Seconds(30);
constexpr absl::Duration kStopLimit = absl::Seconds(20);

size_t LinesThatBegin(const std::string& text, absl::string_view word) {
  size_t count = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, absl::StrCat(word, " "))) ++count;
  }
  return count;
}

}  // namespace

std::string ServerBinary() {
  return TOCSIN_BINARY_DIR "/bin/tocsind";
}

Server::Server() : Server(Options()) {}
Server::Server(Options options) : options_(std::move(options)) {
  WriteFile(dir_.File("log"), "");
}

Command Server::ServeCommand() const {
  Command command;
  command.arguments = {
      ServerBinary(), "serve",
      "--data",       data(),
      "--listen",     listen_,
      "--library",    options_.library.empty() ? TOCSIN_SOURCE_DIR "/playbooks" : options_.library};
  if (!options_.config.empty()) {
    command.arguments.insert(command.arguments.end(), {"--config", options_.config});
  }
  command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", dir_.path()}};
  command.files_max = options_.files_max;
  return command;
}

void Server::Start() {
  process_ = std::make_unique<Process>(ServeCommand(), dir_.File("log"));
  const bool first = codes_.empty();
  const bool started = process_->WaitForOutput(
      [&](const std::string& text) {
        return LinesThatBegin(text, "listening") == 1 && LinesThatBegin(text, "fingerprint") == 1 &&
               LinesThatBegin(text, "log") >= options_.organisations &&
               (!first || LinesThatBegin(text, "enrol") >= options_.organisations) &&
               absl::EndsWith(text, "\n");
      },
      kStartLimit);
  if (!started) FAIL("tocsind did not start:\n" << process_->output() << "\n" << Log());
  ReadLines();
}

void Server::StartAgain() {
  listen_ = endpoint_;
  Start();
}

void Server::ReadLines() {
  for (absl::string_view line : absl::StrSplit(process_->output(), '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() >= 2 && words[0] == "listening") endpoint_ = words[1];
    if (words.size() >= 2 && words[0] == "fingerprint") fingerprint_ = words[1];
    if (words.size() >= 3 && words[0] == "enrol") codes_[words[1]] = words[2];
  }
  REQUIRE(absl::StartsWith(endpoint_, "127.0.0.1:"));
  REQUIRE(absl::StartsWith(fingerprint_, "SHA256:"));
}

absl::Duration Server::Stop() {
  const absl::Time began = absl::Now();
  process_->Signal(SIGTERM);
  const std::optional<int> code = process_->Wait(kStopLimit);
  const absl::Duration took = absl::Now() - began;
  INFO(Log());
  REQUIRE(code.has_value());
  REQUIRE(*code == 0);
  process_.reset();
  return took;
}

void Server::Kill() {
  process_->Signal(SIGKILL);
  REQUIRE(process_->Wait(kStopLimit) == 128 + SIGKILL);
  process_.reset();
}

const std::string& Server::code(const std::string& organisation) const {
  const auto found = codes_.find(organisation);
  INFO(organisation);
  REQUIRE(found != codes_.end());
  return found->second;
}

Person::Person(std::string name) : name_(std::move(name)), dir_(std::make_shared<TempDir>()) {}

std::map<std::string, std::string> Person::Environment() const {
  std::map<std::string, std::string> environment = {{"PATH", "/usr/bin:/bin"},
                                                    {"HOME", dir_->path()},
                                                    {"XDG_CONFIG_HOME", dir_->File("config")},
                                                    {"TZ", "UTC"}};
  if (!server_.empty()) environment["TOCSIN_SERVER"] = server_;
  return environment;
}

Command Person::CommandOf(std::vector<std::string> arguments, const std::string& input) const {
  Command command;
  command.arguments = {TOCSIN_BINARY_DIR "/bin/tocsin"};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.environment = Environment();
  command.input = input;
  return command;
}

Exit Person::Run(std::vector<std::string> arguments, const std::string& input) const {
  return e2e::Run(CommandOf(std::move(arguments), input));
}

std::string Person::Do(std::vector<std::string> arguments, const std::string& input) const {
  const Exit exit = Run(arguments, input);
  INFO("tocsin " << absl::StrJoin(arguments, " ") << "\n" << exit.out << exit.err);
  REQUIRE(exit.code == 0);
  return exit.out;
}

nlohmann::json Person::Json(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"-o", "json"});
  const std::string text = Do(arguments);
  nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  INFO(text);
  REQUIRE_FALSE(json.is_discarded());
  return json;
}

std::string Person::Refused(int code, const std::string& message,
                            std::vector<std::string> arguments, const std::string& input) const {
  const Exit exit = Run(arguments, input);
  INFO("tocsin " << absl::StrJoin(arguments, " ").substr(0, 500) << "\n" << exit.out);
  CHECK(exit.code == code);
  CHECK_THAT(exit.err, ContainsSubstring(message));
  CHECK_THAT(exit.err, ContainsSubstring("error: "));
  CHECK_THAT(exit.err, ContainsSubstring("\nrecorded: no\n"));
  const size_t next = exit.err.find("\nnext: ");
  REQUIRE(next != std::string::npos);
  CHECK(exit.err.size() > next + std::string("\nnext: ").size() + 3);
  return exit.err;
}

void Person::Enrol(const Server& server, const std::string& code) {
  Do({"enrol", "--server", server.endpoint(), "--code", code, "--fingerprint",
      server.fingerprint()});
}

void Person::Follow(const Server& server) {
  server_ = server.endpoint();
}

client::Connection Person::Connect() const {
  return client::Connection(Credentials());
}

client::Connection::Options Person::Credentials() const {
  const client::ContextStore store([environment = Environment()](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional<std::string>(found->second);
  });
  const absl::StatusOr<client::Settings> settings = store.Resolve({});
  RequireOk(settings.status());
  return {.server = settings->context.server,
          .ca_pem = settings->context.ca_pem,
          .token = settings->token};
}

Person Admin(const Server& server, const std::string& organisation) {
  Person admin("admin");
  admin.Enrol(server, server.code(organisation));
  return admin;
}

Person NewPerson(const Person& admin, const Server& server, const std::string& handle,
                 const std::vector<std::string>& roles) {
  std::vector<std::string> arguments = {"principal", "add", handle, "-o", "id"};
  for (const std::string& role : roles) arguments.insert(arguments.end(), {"--role", role});
  const std::string code(absl::StripAsciiWhitespace(admin.Do(arguments)));
  Person person(handle);
  person.Enrol(server, code);
  return person;
}

void RequireOk(const absl::Status& status) {
  INFO(status.message() << " [" << ReasonOf(status) << "] " << NextStepOf(status));
  REQUIRE(status.code() == absl::StatusCode::kOk);
}

Exit VerifyWithPython(const std::string& bundle) {
  return RunPython("tools/verify/tocsin_verify.py", {bundle});
}

Exit RunPython(const std::string& script, const std::vector<std::string>& arguments) {
  Command command;
  command.arguments = {TOCSIN_PYTHON, TOCSIN_SOURCE_DIR "/" + script};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  for (const char* name : {"PATH", "HOME"}) {
    if (const char* value = ::getenv(name); value != nullptr) command.environment[name] = value;
  }
  return Run(command);
}

std::string Utc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

absl::Time OneMonthAfter(const std::string& zone_name, absl::Time time) {
  absl::TimeZone zone;
  REQUIRE(absl::LoadTimeZone(zone_name, &zone));
  const absl::CivilSecond wall = absl::ToCivilSecond(time, zone);
  const absl::CivilMonth month = absl::CivilMonth(wall) + 1;
  const int last_day = (absl::CivilDay(month + 1) - 1).day();
  const int day = wall.day() < last_day ? wall.day() : last_day;
  return absl::FromCivil(absl::CivilSecond(month.year(), month.month(), day, wall.hour(),
                                           wall.minute(), wall.second()),
                         zone);
}

absl::Time TimeOf(const nlohmann::json& json) {
  absl::Time time;
  std::string error;
  INFO(json);
  REQUIRE(json.is_string());
  REQUIRE(absl::ParseTime(absl::RFC3339_full, json.get<std::string>(), &time, &error));
  return time;
}

uint64_t LogSize(client::Connection& connection) {
  const auto response =
      MustCall(connection, &v1::LogService::Stub::GetCheckpoint, v1::GetCheckpointRequest());
  const std::vector<std::string> lines = absl::StrSplit(response.checkpoint(), '\n');
  uint64_t size = 0;
  REQUIRE(lines.size() > 3);
  REQUIRE(absl::SimpleAtoi(lines[1], &size));
  return size;
}

std::vector<v1::Entry> Timeline(client::Connection& connection, const std::string& incident) {
  std::vector<v1::Entry> entries;
  v1::ListEntriesRequest request;
  request.set_incident(absl::StartsWith(incident, "incidents/") ? incident
                                                                : "incidents/" + incident);
  request.set_page_size(1000);
  do {
    const auto page = MustCall(connection, &v1::TimelineService::Stub::ListEntries, request);
    entries.insert(entries.end(), page.entries().begin(), page.entries().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return entries;
}

std::string Declare(client::Connection& connection, const std::string& title) {
  v1::DeclareIncidentRequest request;
  request.set_request_id(client::NewRequestId());
  request.set_title(title);
  request.set_severity(v1::SEVERITY_SEV2);
  return MustCall(connection, &v1::IncidentService::Stub::DeclareIncident, request)
      .incident()
      .name();
}

v1::RecordEntryRequest Observation(const std::string& incident, const std::string& text) {
  v1::RecordEntryRequest request;
  request.set_request_id(client::NewRequestId());
  request.set_incident(incident);
  request.set_text(text);
  return request;
}

}  // namespace tocsin::e2e
