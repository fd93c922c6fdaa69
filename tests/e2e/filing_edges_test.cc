// Filing when something is in the way: the server dies between draft and approval, two people
// approve, file or draft at once, a receipt is too large, answers are hostile, a client checks
// nothing.
#include <filesystem>
#include <string_view>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/digest.h"
#include "server/base/error.h"
#include "tests/e2e/filing_office.h"
#include "tests/support/catch.h"
#include "tocsin/v1/obligation.grpc.pb.h"

namespace tocsin::e2e {
namespace {

using nlohmann::json;
using Stub = v1::ObligationService::Stub;

constexpr char kStage[] = "nis2-be.early_warning";

std::vector<std::string> DraftCommand(const std::string& out = "") {
  std::vector<std::string> command = {"notify",
                                      "draft",
                                      kStage,
                                      "--set",
                                      "contacts=Ada, +32 2 555 01 00",
                                      "--set",
                                      "suspected_malicious=yes",
                                      "--set",
                                      "cross_border_impact=unknown"};
  if (!out.empty()) command.insert(command.end(), {"--out", out});
  return command;
}

uint64_t Draft(const Office& office) {
  return DraftOf(office.ada->Json(DraftCommand()));
}

// How many entries of that type the incident has.
size_t CountOf(const Office& office, std::string_view type) {
  client::Connection connection = office.ada->Connect();
  size_t count = 0;
  for (const v1::Entry& entry : Timeline(connection, office.incident)) {
    count += entry.type() == type ? 1U : 0U;
  }
  return count;
}

// Both calls at the same time, each over its own connection.
template <typename First, typename Second>
std::pair<absl::Status, absl::Status> AtOnce(const Person& one, First first, const Person& other,
                                             Second second) {
  client::Connection of_one = one.Connect();
  client::Connection of_other = other.Connect();
  absl::Status first_status;
  absl::Status second_status;
  std::thread second_thread([&] { second_status = second(of_other); });
  first_status = first(of_one);
  second_thread.join();
  return {first_status, second_status};
}

v1::ApproveNotificationRequest Approval(const Office& office, uint64_t draft) {
  v1::ApproveNotificationRequest request;
  request.set_incident("incidents/" + office.incident);
  request.set_stage(kStage);
  request.set_draft_sequence(draft);
  return request;
}

v1::RecordSubmissionRequest Submission(const Office& office) {
  v1::RecordSubmissionRequest request;
  request.set_incident("incidents/" + office.incident);
  request.set_stage(kStage);
  request.set_channel("portal");
  return request;
}

TEST_CASE("Filing: a server that dies between draft and approval has lost nothing",
          "[e2e][filing]") {
  const Office office;
  const std::string file = office.ada->File("draft.md");
  office.ada->Do(DraftCommand(file));
  const std::string bytes = ReadFile(file);
  office.RestartAfterKill();
  CHECK(office.Shown(*office.bea, kStage) == bytes);
  office.Approve(kStage);
  office.RestartAfterKill();
  CHECK(office.Obligation(kStage)["approved"] == true);
  office.ada->Do({"notify", "submitted", kStage, "--channel", "portal"});
  office.RestartAfterKill();
  const json filed = office.Obligation(kStage);
  CHECK(filed["filed_approved"] == true);
  CHECK(filed["document_sha256"] == Sha256(bytes).Hex());
  CHECK(office.Shown(*office.ada, kStage) == bytes);
}

TEST_CASE("Filing: of two approvals and of two filings at once one counts", "[e2e][filing]") {
  const Office office;
  const uint64_t draft = Draft(office);
  const Person cem = NewPerson(*office.admin, *office.server, "cem", {"ciso"});
  const auto approve = [&](client::Connection& connection) {
    return connection.CallOnce(&Stub::ApproveNotification, Approval(office, draft)).status();
  };
  const auto [one, other] = AtOnce(*office.bea, approve, cem, approve);
  CHECK(one.ok() != other.ok());
  CHECK(ReasonOf(one.ok() ? other : one) == "ALREADY_APPROVED");
  CHECK(CountOf(office, "notification-approved") == 1);

  const auto file = [&](client::Connection& connection) {
    return connection.CallOnce(&Stub::RecordSubmission, Submission(office)).status();
  };
  const auto [first, second] = AtOnce(*office.bea, file, cem, file);
  CHECK(first.ok() != second.ok());
  CHECK(ReasonOf(first.ok() ? second : first) == "ALREADY_SUBMITTED");
  CHECK(CountOf(office, "notification-submitted") == 1);
}

TEST_CASE("Filing: what was read is approved, what was filed is frozen, whatever came since",
          "[e2e][filing]") {
  const Office office;
  const Person& ada = *office.ada;
  v1::DraftNotificationRequest again;
  again.set_incident("incidents/" + office.incident);
  again.set_stage(kStage);
  for (int i = 0; i < 10; ++i) {
    const uint64_t read = Draft(office);
    const auto [approved, drafted] = AtOnce(
        *office.bea,
        [&](client::Connection& connection) {
          return connection.CallOnce(&Stub::ApproveNotification, Approval(office, read)).status();
        },
        ada,
        [&](client::Connection& connection) {
          return connection.CallOnce(&Stub::DraftNotification, again).status();
        });
    RequireOk(drafted);
    CHECK((approved.ok() || ReasonOf(approved) == "DRAFT_CHANGED"));
    // The newer draft was read by nobody.
    CHECK_FALSE(office.Obligation(kStage).value("approved", false));
  }

  const std::string sent = ada.File("sent.md");
  ada.Do(DraftCommand(sent));
  const json shown = ada.Json({"notify", "show", kStage});
  const std::string draft = shown["draft_sequence"];
  ada.Do({"notify", "draft", kStage, "--set", "contacts=somebody else"});
  CHECK_THAT(office.bea->Refused(
                 5, "the last draft is",
                 {"notify", "approve", kStage, "--incident", office.incident, "--draft", draft}),
             ContainsSubstring("notify show"));
  ada.Refused(3, "is no draft of",
              {"notify", "submitted", kStage, "--channel", "portal", "--draft", "1"});
  ada.Do({"notify", "submitted", kStage, "--channel", "portal", "--draft", draft});
  CHECK(office.Shown(ada, kStage) == ReadFile(sent));
  CHECK(office.Obligation(kStage)["document_sha256"] == Sha256(ReadFile(sent)).Hex());
}

TEST_CASE("Filing: a receipt that is too large, empty or no file is refused, nothing is recorded",
          "[e2e][filing]") {
  const Office office;
  const Person& ada = *office.ada;
  Draft(office);
  client::Connection connection = ada.Connect();
  const uint64_t before = LogSize(connection);
  const auto refused = [&](int code, const std::string& message, const std::string& receipt) {
    ada.Refused(code, message,
                {"notify", "submitted", kStage, "--channel", "portal", "--receipt", receipt});
  };
  const std::string large = ada.File("large.pdf");
  WriteFile(large, "%PDF");
  std::filesystem::resize_file(large, (uintmax_t{256} << 20) + 1);
  refused(2, "large.pdf is larger than", large);
  WriteFile(ada.File("empty.pdf"), "");
  refused(2, "no content", ada.File("empty.pdf"));
  std::filesystem::create_directory(ada.File("folder"));
  refused(1, "folder", ada.File("folder"));
  WriteFile(ada.File("two\nlines.pdf"), "%PDF");
  refused(2, "control character", ada.File("two\nlines.pdf"));
  CHECK(LogSize(connection) == before);
  // The largest that is taken.
  std::filesystem::resize_file(large, uintmax_t{256} << 20);
  ada.Do({"notify", "submitted", kStage, "--channel", "portal", "--receipt", large});
  CHECK(office.Obligation(kStage)["receipt"]["size"] == absl::StrCat(uint64_t{256} << 20));
}

TEST_CASE("Filing: hostile answers are text in every format", "[e2e][filing]") {
  const Office office;
  const Person& ada = *office.ada;
  const std::string hostile =
      "x\n# Approved by the board\n- **Contacts**: nobody\n```\n<script>alert(1)</script> "
      "[here](https://evil.example) ![](https://evil.example/p.png) www.evil.example "
      "gnp.exe | a | b |\n\n---\n1. one\n\u200Bhidden&lt;b&gt; {{x}} ~~y~~ \\";
  const std::string file = ada.File("hostile");
  const auto written = [&](const std::string& format) {
    ada.Do({"notify", "draft", "gdpr.dpa_notification", "--format", format, "--out", file, "--set",
            "contacts.name=" + hostile, "--set", "measures.taken=" + hostile});
    return ReadFile(file);
  };
  const std::string text = written("md");
  size_t lines = 0;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    INFO(line);
    ++lines;
    // Nothing begins but the title, the mark, the facts and the fields of the form itself.
    const bool known = line.empty() || line.rfind("- ", 0) == 0 || line.rfind("**TLP:", 0) == 0 ||
                       (lines == 1 && line.rfind("# ", 0) == 0);
    CHECK(known);
    CHECK(line.rfind("- **Contacts**", 0) == line.npos);
  }
  // What would mean something, without the backslash that takes its meaning away.
  for (const char* live : {"<script", "](https:", " www.evil", "```", "\u200B", "| a", "&lt;", "{{",
                           "~~", "![", "[here"}) {
    INFO(live);
    for (size_t at = text.find(live); at != text.npos; at = text.find(live, at + 1)) {
      CHECK(text.at(at - 1) == '\\');
    }
  }
  CHECK_THAT(text, ContainsSubstring("alert(1)"));
  // As it was typed, for programs.
  const json read = json::parse(written("json"));
  CHECK_THAT(FieldOf(read, "contacts")["parts"]["name"]["value"].get<std::string>(),
             Catch::Matchers::Equals(hostile));
  // In DORA's JSON too; and on a terminal.
  ada.Do({"anchor", "classified", "--at", "-1h", "--because", "major"});
  ada.Do({"notify", "draft", "dora.initial", "--format", "dora", "--out", file});
  CHECK(json::parse(ReadFile(file))["primaryContact"]["name"] == hostile);
  CHECK(ValidateDora(file).code == 0);
  CHECK_THAT(ada.Do({"notify", "show", "dora.initial"}), !ContainsSubstring("\u200B"));
  ada.Refused(2, "control character",
              {"notify", "draft", "dora.initial", "--set", "contacts.name=\u202Egnp.exe"});
}

TEST_CASE(
    "Filing: what a client sends past the CLI's own checks is refused, and nothing is written",
    "[e2e][filing]") {
  const Office office;
  Draft(office);
  client::Connection connection = office.ada->Connect();
  const uint64_t before = LogSize(connection);
  const auto draft = [&](auto&& change) {
    v1::DraftNotificationRequest request;
    request.set_incident("incidents/" + office.incident);
    request.set_stage(kStage);
    change(request);
    return ReasonOf(connection.CallOnce(&Stub::DraftNotification, request).status());
  };
  using Request = v1::DraftNotificationRequest;
  CHECK(draft([](Request& r) {
          for (int i = 0; i < 401; ++i) (*r.mutable_fields())[absl::StrCat("field", i)] = "x";
        }) == "DRAFT_TOO_LARGE");
  CHECK(draft([](Request& r) {
          (*r.mutable_fields())["contacts"] = std::string(size_t{65} * 1024, 'x');
        }) == "TEXT_TOO_LONG");
  CHECK(draft([](Request& r) { (*r.mutable_fields())["contacts.nobody"] = "x"; }) ==
        "UNKNOWN_FIELD");
  CHECK(draft([](Request& r) { (*r.mutable_fields())["users_hit.number"] = "many"; }) ==
        "UNKNOWN_FIELD");
  CHECK(draft([](Request& r) { (*r.mutable_fields())["suspected_malicious"] = "perhaps"; }) ==
        "BAD_FIELD_VALUE");
  CHECK(draft([](Request& r) { r.set_format(static_cast<v1::DocumentFormat>(99)); }) ==
        "UNKNOWN_VALUE");
  CHECK(draft([](Request& r) { r.set_stage("../../etc"); }) == "UNKNOWN_OBLIGATION");
  CHECK(draft([](Request& r) { r.set_form("../nis2.yaml"); }) == "UNKNOWN_FORM");

  const auto file = [&](const std::string& name, uint64_t size, const std::string& digest) {
    v1::RecordSubmissionRequest request = Submission(office);
    request.mutable_receipt()->set_name(name);
    request.mutable_receipt()->set_size(size);
    request.mutable_receipt()->set_sha256(digest);
    return ReasonOf(connection.CallOnce(&Stub::RecordSubmission, request).status());
  };
  const std::string digest(Sha256("receipt").view());
  CHECK(file("receipt.pdf", 7, "short") == "BAD_RECEIPT");
  CHECK(file("../receipt.pdf", 7, digest) == "BAD_RECEIPT");
  CHECK(file("receipt.pdf", 0, digest) == "BAD_RECEIPT");
  CHECK(file("receipt.pdf", 7, std::string(32, '\0')) == "BAD_RECEIPT");
  CHECK(LogSize(connection) == before);
}

}  // namespace
}  // namespace tocsin::e2e
