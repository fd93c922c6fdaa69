// Two macros for absl::Status, which Debian 12's abseil does not ship yet.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define TOCSIN_CONCAT_INNER(a, b) a##b
#define TOCSIN_CONCAT(a, b) TOCSIN_CONCAT_INNER(a, b)

/// Returns from the enclosing function when `expression` is not OK.
#define TOCSIN_RETURN_IF_ERROR(expression)                                                    \
  do {                                                                                        \
    if (absl::Status tocsin_status = (expression); !tocsin_status.ok()) return tocsin_status; \
  } while (false)

/// Assigns the value of a StatusOr to `target`, or returns its status from the enclosing function.
#define TOCSIN_ASSIGN_OR_RETURN(target, expression) \
  TOCSIN_ASSIGN_OR_RETURN_IMPL(TOCSIN_CONCAT(tocsin_or_, __LINE__), target, expression)
#define TOCSIN_ASSIGN_OR_RETURN_IMPL(temporary, target, expression) \
  auto temporary = (expression);                                    \
  if (!temporary.ok()) return std::move(temporary).status();        \
  target = std::move(temporary).value()
