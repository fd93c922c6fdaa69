// Blocks in the markup of a platform. Every text of a block comes out as it is and does nothing:
// control characters and those that hide or reorder text are shown, markup is escaped, and nobody
// is pinged (@all, @channel, @room, @here).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "clients/chat/conversation/blocks.h"

namespace tocsin::chat {

/// For XMPP, IRC and mail: lines of text. Buttons are left out.
std::string RenderPlain(const Blocks& blocks);
/// GitHub-flavoured Markdown as Mattermost shows it. Buttons are left out.
std::string RenderMarkdown(const Blocks& blocks);
/// The subset of HTML that Matrix allows. Buttons are left out.
std::string RenderHtml(const Blocks& blocks);

/// The longest beginning of at most `bytes_max` bytes that ends between characters, with "…" when
/// something was cut.
std::string CutTo(std::string text, size_t bytes_max);

}  // namespace tocsin::chat
