// A certificate made at run time, for tests over real TLS.
#pragma once

#include <string>

namespace tocsin {

struct TestCertificate {
  std::string certificate_pem;
  std::string key_pem;
};

/// For `host`, a name or a numeric address, signed by itself: who trusts the file trusts it alone.
TestCertificate MakeTestCertificate(const std::string& host);

}  // namespace tocsin
