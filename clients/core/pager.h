// Long texts a page at a time, through the program that the person reads with. For terminals only.
#pragma once

#include <string>
#include <string_view>

#include "clients/core/context.h"

namespace tocsin::client {

/// The pager's command: TOCSIN_PAGER, else PAGER, else less. Empty for none: when the first of them
/// that is set is empty or cat, or the terminal is dumb.
std::string PagerCommand(const Environment& environment);

/// How many rows of a terminal with `columns` the text takes; lines that are too long wrap.
size_t RowsOf(std::string_view text, size_t columns);

/// Runs `command` in the shell with `text` as its standard input and waits for it; Ctrl-C is the
/// pager's meanwhile. False when it could not be run: then nothing was shown.
bool ShowInPager(const std::string& command, std::string_view text);

}  // namespace tocsin::client
