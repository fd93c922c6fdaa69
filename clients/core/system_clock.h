// The clients' one reading of the machine's clock. Everything else takes the time as an argument.
#pragma once

#include "absl/time/time.h"

namespace tocsin::client {

/// The current instant. Thread-safe.
absl::Time SystemNow();

}  // namespace tocsin::client
