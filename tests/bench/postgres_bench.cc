// PostgreSQL doing the same job as a durable append, to compare with: one SQL function locks and
// updates the head row of an incident (sequence, SHA-256 over the one before and the entry) and
// inserts the entry. Every call is its own transaction, committed to disk before the answer. One
// thread drives all connections, so that the client takes as little of the machine as it can.
//
//   postgres_bench --conninfo "host=DIR user=U dbname=D" --connections N --incidents K --seconds S
//
// The tables are made anew. The server must run with fsync and synchronous_commit on (checked).
#include <libpq-fe.h>
#include <poll.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/bench/measure.h"

namespace tocsin::bench {
namespace {

constexpr size_t kTextBytes = 550;
constexpr size_t kAppendsMax = 20'000'000;
constexpr int kStuckMilliseconds = 30'000;

// The head is kept in pages with room, so that its updates stay in their page (HOT): the best case
// for PostgreSQL.
constexpr char kSchema[] = R"(
DROP TABLE IF EXISTS head, entry;
CREATE TABLE head (incident int PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT NULL)
  WITH (fillfactor = 10);
CREATE TABLE entry (incident int NOT NULL, seq bigint NOT NULL, body jsonb NOT NULL,
  hash bytea NOT NULL, PRIMARY KEY (incident, seq));
CREATE OR REPLACE FUNCTION append_entry(in_incident int, in_body jsonb) RETURNS bigint AS $$
DECLARE
  next head;
BEGIN
  UPDATE head SET seq = seq + 1, hash = sha256(hash || convert_to(in_body::text, 'UTF8'))
    WHERE incident = in_incident RETURNING * INTO next;
  INSERT INTO entry VALUES (in_incident, next.seq, in_body, next.hash);
  RETURN next.seq;
END $$ LANGUAGE plpgsql;
CHECKPOINT;
)";

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;
using Answer = std::unique_ptr<PGresult, ClearResult>;

Connection Connect(const std::string& conninfo) {
  Connection connection(PQconnectdb(conninfo.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) Fail(PQerrorMessage(connection.get()));
  // DROP TABLE IF EXISTS speaks otherwise.
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  return connection;
}

// One value (the first of the first row), or "" when the statement gives none.
std::string Query(PGconn* connection, const std::string& sql) {
  const Answer answer(PQexec(connection, sql.c_str()));
  const ExecStatusType state = PQresultStatus(answer.get());
  if (state == PGRES_COMMAND_OK) return "";
  if (state != PGRES_TUPLES_OK) Fail(PQerrorMessage(connection));
  return PQntuples(answer.get()) > 0 ? PQgetvalue(answer.get(), 0, 0) : "";
}

void PrepareTables(PGconn* connection, size_t incidents) {
  Query(connection, kSchema);
  Query(connection, "INSERT INTO head SELECT i, 0, '' FROM generate_series(0, " +
                        std::to_string(incidents - 1) + ") i");
  Query(connection, "ANALYZE head");
  for (const char* setting : {"fsync", "synchronous_commit", "full_page_writes"}) {
    if (Query(connection, std::string("SHOW ") + setting) != "on") {
      Fail(std::string(setting) + " is off: that would not be a durable append");
    }
  }
}

// One connection with at most one append under way.
class Caller {
 public:
  Caller(const std::string& conninfo, size_t number, size_t incidents)
      : connection_(Connect(conninfo)),
        number_(number),
        incident_(std::to_string(number % incidents)) {
    const Answer prepared(
        PQprepare(connection_.get(), "append", "SELECT append_entry($1, $2)", 2, nullptr));
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) FailHere();
    if (PQsetnonblocking(connection_.get(), 1) != 0) FailHere();
  }

  int socket() const { return PQsocket(connection_.get()); }
  TimePoint start() const { return start_; }

  void Send() {
    const std::string body = "{\"kind\": \"observation\", \"text\": \"" +
                             EntryText(number_ * 1'000'003 + ++sent_, kTextBytes) + "\"}";
    const char* values[] = {incident_.c_str(), body.c_str()};
    start_ = Clock::now();
    if (PQsendQueryPrepared(connection_.get(), "append", 2, values, nullptr, nullptr, 0) != 1 ||
        PQflush(connection_.get()) != 0) {
      FailHere();
    }
  }

  // Reads what has come. True when the append is committed.
  bool Receive() {
    if (PQconsumeInput(connection_.get()) != 1) FailHere();
    bool committed = false;
    while (PQisBusy(connection_.get()) == 0) {
      const Answer answer(PQgetResult(connection_.get()));
      if (answer == nullptr) return committed;
      if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK) FailHere();
      committed = true;
    }
    return false;
  }

 private:
  [[noreturn]] void FailHere() { Fail(PQerrorMessage(connection_.get())); }

  Connection connection_;
  size_t number_;
  std::string incident_;
  size_t sent_ = 0;
  TimePoint start_;
};

struct Load {
  size_t acknowledged = 0;
  Latencies latencies;
};

// Every caller appends again as soon as its append is committed, until the window closes.
Load Drive(std::vector<Caller>& callers, const Window& window) {
  Load load;
  std::vector<pollfd> sockets;
  for (Caller& caller : callers) {
    sockets.push_back({.fd = caller.socket(), .events = POLLIN, .revents = 0});
    caller.Send();
  }
  for (size_t active = callers.size(); active > 0;) {
    if (::poll(sockets.data(), sockets.size(), kStuckMilliseconds) <= 0) {
      Fail("PostgreSQL has not answered for 30 s");
    }
    for (size_t i = 0; i < callers.size(); ++i) {
      if (sockets[i].revents == 0 || !callers[i].Receive()) continue;
      const TimePoint now = Clock::now();
      ++load.acknowledged;
      if (window.Holds(now)) load.latencies.Add(callers[i].start(), now);
      if (now < window.close && load.acknowledged < kAppendsMax) {
        callers[i].Send();
      } else {
        sockets[i].fd = -1;
        --active;
      }
    }
  }
  return load;
}

size_t CountStored(PGconn* connection) {
  const std::string gaps =
      Query(connection,
            "SELECT count(*) FROM head h LEFT JOIN (SELECT incident, count(*) n, max(seq) last "
            "FROM entry GROUP BY 1) e USING (incident) "
            "WHERE coalesce(e.n, 0) <> h.seq OR coalesce(e.last, 0) <> h.seq");
  if (gaps != "0") Fail("PostgreSQL's record has gaps");
  return std::strtoul(Query(connection, "SELECT count(*) FROM entry").c_str(), nullptr, 10);
}

}  // namespace
}  // namespace tocsin::bench

int main(int argc, char** argv) {
  using tocsin::bench::Fail;
  tocsin::bench::Flags flags(argc, argv, 1);
  const std::string conninfo = flags.Text("conninfo", "");
  const size_t connections = flags.Count("connections", 64);
  const size_t incidents = flags.Count("incidents", 64);
  const double seconds = flags.Number("seconds", 3);
  const double warmup = flags.Number("warmup", 0.5);
  flags.Finish();
  if (connections == 0 || connections > 1000 || incidents == 0) Fail("nothing to measure");

  const tocsin::bench::Connection admin = tocsin::bench::Connect(conninfo);
  tocsin::bench::PrepareTables(admin.get(), incidents);
  std::vector<tocsin::bench::Caller> callers;
  for (size_t i = 0; i < connections; ++i) callers.emplace_back(conninfo, i, incidents);
  tocsin::bench::Load load = tocsin::bench::Drive(callers, tocsin::bench::Window(warmup, seconds));
  const size_t stored = tocsin::bench::CountStored(admin.get());
  if (stored != load.acknowledged) Fail("acknowledged and stored entries differ");
  tocsin::bench::Result()
      .Add("rate", static_cast<double>(load.latencies.count()) / seconds)
      .AddLatencies(load.latencies)
      .Add("acknowledged", load.acknowledged)
      .Add("stored", stored)
      .Print();
  return 0;
}
