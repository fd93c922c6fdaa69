// Assertions that stay on in every build. A failed check is a programming error and ends the
// process; input from outside is never checked with it (that is absl::Status).
#pragma once

#include <cstdio>
#include <cstdlib>

/// Aborts with file and line when `condition` is false.
#define TOCSIN_CHECK(condition)                                                          \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
