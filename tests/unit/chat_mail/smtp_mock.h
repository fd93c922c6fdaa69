// A mail server for tests: SMTP over TLS from the first byte, or in the clear without STARTTLS.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/runtime/mutex.h"
#include "server/runtime/thread.h"
#include "tests/support/scratch_directory.h"

namespace tocsin {

class SmtpMock {
 public:
  enum class Tls { kImplicit, kNone };

  explicit SmtpMock(Tls tls = Tls::kImplicit);
  ~SmtpMock();

  uint16_t port() const { return port_; }
  std::string ca_file() const { return directory_.Path("ca.pem"); }

  /// Answers `command` ("MAIL", "RCPT", "AUTH", "DATA", "TEXT" after the text) with `answer` from
  /// then on; an empty one ends the connection.
  void Answer(const std::string& command, const std::string& answer);
  /// What clients said, line by line, without the texts.
  std::vector<std::string> commands() const;
  /// The texts that came in whole, as they were before SMTP doubled dots.
  std::vector<std::string> texts() const;

 private:
  struct Parts;

  void Accept();
  template <typename Stream>
  void Converse(Stream& stream);
  std::string AnswerTo(const std::string& command, const std::string& usual) const;

  const Tls tls_;
  ScratchDirectory directory_;
  uint16_t port_ = 0;
  std::unique_ptr<Parts> parts_;
  mutable runtime::Mutex mutex_;
  std::map<std::string, std::string> answers_ TOCSIN_GUARDED_BY(mutex_);
  std::vector<std::string> commands_ TOCSIN_GUARDED_BY(mutex_);
  std::vector<std::string> texts_ TOCSIN_GUARDED_BY(mutex_);
  bool stopping_ TOCSIN_GUARDED_BY(mutex_) = false;
  std::unique_ptr<runtime::Thread> thread_;
};

}  // namespace tocsin
