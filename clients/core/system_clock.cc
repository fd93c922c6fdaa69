#include "clients/core/system_clock.h"

#include "absl/time/clock.h"

namespace tocsin::client {

absl::Time SystemNow() {
  return absl::Now();
}

}  // namespace tocsin::client
