#include "tests/unit/chat_mail/smtp_mock.h"

#include <sys/socket.h>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <fstream>

#include "clients/chat/net/tls.h"
#include "tests/support/catch.h"
#include "tests/support/test_certificate.h"

namespace tocsin {

namespace asio = boost::asio;
using boost::system::error_code;
using runtime::MutexLock;
using Tcp = asio::ip::tcp;

struct SmtpMock::Parts {
  explicit Parts(asio::ssl::context context)
      : tls(std::move(context)), acceptor(io, {asio::ip::make_address("127.0.0.1"), 0}) {}

  asio::io_context io;
  asio::ssl::context tls;
  Tcp::acceptor acceptor;
};

SmtpMock::SmtpMock(Tls tls) : tls_(tls) {
  const TestCertificate certificate = MakeTestCertificate("127.0.0.1");
  std::ofstream(ca_file()) << certificate.certificate_pem;
  auto context = chat::ServerTls(certificate.certificate_pem, certificate.key_pem);
  REQUIRE(context.ok());
  parts_ = std::make_unique<Parts>(asio::ssl::context(context->release()));
  port_ = parts_->acceptor.local_endpoint().port();
  thread_ = std::make_unique<runtime::Thread>("smtp-mock", [this] { Accept(); });
}

SmtpMock::~SmtpMock() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  ::shutdown(parts_->acceptor.native_handle(), SHUT_RDWR);
  thread_.reset();
}

void SmtpMock::Answer(const std::string& command, const std::string& answer) {
  MutexLock lock(mutex_);
  answers_[command] = answer;
}

std::vector<std::string> SmtpMock::commands() const {
  MutexLock lock(mutex_);
  return commands_;
}

std::vector<std::string> SmtpMock::texts() const {
  MutexLock lock(mutex_);
  return texts_;
}

std::string SmtpMock::AnswerTo(const std::string& command, const std::string& usual) const {
  MutexLock lock(mutex_);
  const auto found = answers_.find(command);
  return found == answers_.end() ? usual : found->second;
}

void SmtpMock::Accept() {
  while (true) {
    Tcp::socket socket(parts_->io);
    error_code error;
    parts_->acceptor.accept(socket, error);
    {
      MutexLock lock(mutex_);
      if (stopping_ || error) return;
    }
    if (tls_ == Tls::kNone) {
      Converse(socket);
      continue;
    }
    asio::ssl::stream<Tcp::socket> stream(std::move(socket), parts_->tls);
    stream.handshake(asio::ssl::stream_base::server, error);
    if (!error) Converse(stream);
  }
}

template <typename Stream>
void SmtpMock::Converse(Stream& stream) {
  error_code error;
  std::string buffer;
  const auto say = [&](const std::string& answer) {
    asio::write(stream, asio::buffer(answer + "\r\n"), error);
  };
  const auto read = [&](const std::string& end) {
    const size_t size = asio::read_until(stream, asio::dynamic_buffer(buffer), end, error);
    if (error) return std::string();
    std::string text = buffer.substr(0, size - end.size());
    buffer.erase(0, size);
    return text;
  };
  say("220 mail.test");
  while (!error) {
    const std::string line = read("\r\n");
    if (error) return;
    {
      MutexLock lock(mutex_);
      commands_.push_back(line);
    }
    const std::string command = line.substr(0, 4);
    std::string answer = AnswerTo(command, "250 ok");
    if (command == "EHLO") answer = "250-mail.test\r\n250 AUTH PLAIN";
    if (command == "AUTH") {
      say("334 ");
      read("\r\n");  // who it is
      answer = AnswerTo(command, "235 welcome");
    }
    if (command == "QUIT") answer = "221 bye";
    if (command == "DATA") {
      answer = AnswerTo(command, "354 go ahead");
      if (answer.substr(0, 3) == "354") {
        say(answer);
        std::string text = read("\r\n.\r\n");
        if (error) return;
        {
          MutexLock lock(mutex_);
          texts_.push_back(std::move(text));
        }
        answer = AnswerTo("TEXT", "250 queued");
      }
    }
    if (answer.empty()) return;
    say(answer);
    if (command == "QUIT") return;
  }
}

}  // namespace tocsin
