#include "clients/chat/conversation/render.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/core/terminal_text.h"
#include "clients/report/markdown_text.h"
#include "server/base/text.h"
#include "server/base/view.h"

namespace tocsin::chat {
namespace {

// An "@" that no platform reads as the beginning of a name: a word joiner follows it.
std::string WithoutPings(std::string text) {
  return absl::StrReplaceAll(text, {{"@", "@\u2060"}});
}

std::string Line(std::string_view text) {
  return client::EscapeText(text, client::Lines::kEscape);
}

std::string Lines(std::string_view text) {
  return client::EscapeText(text, client::Lines::kKeep);
}

std::string Markdown(std::string_view text) {
  return WithoutPings(report::Inert(Line(text)));
}

// In a fence longer than any in the text.
std::string Fenced(std::string_view text) {
  const std::string safe = Lines(text);
  size_t longest = 0;
  size_t run = 0;
  for (const char c : safe) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<size_t>(3, longest + 1), '`');
  return absl::StrCat(fence, "\n", safe, "\n", fence, "\n");
}

std::string Html(std::string_view text) {
  return WithoutPings(absl::StrReplaceAll(Lines(text), {{"&", "&amp;"},
                                                        {"<", "&lt;"},
                                                        {">", "&gt;"},
                                                        {"\"", "&quot;"},
                                                        {"'", "&#39;"},
                                                        {"\n", "<br>"}}));
}

}  // namespace

std::string RenderPlain(const Blocks& blocks) {
  std::string out;
  for (const Block& block : blocks) {
    switch (block.kind) {
      case BlockKind::kHeading:
        absl::StrAppend(&out, Line(block.text), "\n");
        break;
      case BlockKind::kText:
      case BlockKind::kCode:
        absl::StrAppend(&out, Lines(block.text), "\n");
        break;
      case BlockKind::kFields:
        for (const Field& field : block.fields) {
          absl::StrAppend(&out, Line(field.name), ": ", Line(field.value), "\n");
        }
        break;
      case BlockKind::kList:
        for (const std::string& item : block.items) absl::StrAppend(&out, "- ", Line(item), "\n");
        break;
      case BlockKind::kButtons:
        break;
    }
  }
  if (!out.empty()) out.pop_back();
  return out;
}

std::string RenderMarkdown(const Blocks& blocks) {
  std::string out;
  for (const Block& block : blocks) {
    switch (block.kind) {
      case BlockKind::kHeading:
        absl::StrAppend(&out, "**", Markdown(block.text), "**\n\n");
        break;
      case BlockKind::kText:
        for (absl::string_view line : absl::StrSplit(block.text, '\n')) {
          absl::StrAppend(&out, Markdown(ToStd(line)), "\n\n");
        }
        break;
      case BlockKind::kCode:
        absl::StrAppend(&out, Fenced(block.text), "\n");
        break;
      case BlockKind::kFields:
        for (const Field& field : block.fields) {
          absl::StrAppend(&out, "- ", Markdown(field.name), ": ", Markdown(field.value), "\n");
        }
        absl::StrAppend(&out, "\n");
        break;
      case BlockKind::kList:
        for (const std::string& item : block.items) {
          absl::StrAppend(&out, "- ", Markdown(item), "\n");
        }
        absl::StrAppend(&out, "\n");
        break;
      case BlockKind::kButtons:
        break;
    }
  }
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

std::string RenderHtml(const Blocks& blocks) {
  std::string out;
  for (const Block& block : blocks) {
    switch (block.kind) {
      case BlockKind::kHeading:
        absl::StrAppend(&out, "<p><strong>", Html(block.text), "</strong></p>");
        break;
      case BlockKind::kText:
        absl::StrAppend(&out, "<p>", Html(block.text), "</p>");
        break;
      case BlockKind::kCode:
        absl::StrAppend(&out, "<pre><code>", Html(block.text), "</code></pre>");
        break;
      case BlockKind::kFields:
        absl::StrAppend(&out, "<ul>");
        for (const Field& field : block.fields) {
          absl::StrAppend(&out, "<li><strong>", Html(field.name), "</strong>: ", Html(field.value),
                          "</li>");
        }
        absl::StrAppend(&out, "</ul>");
        break;
      case BlockKind::kList:
        absl::StrAppend(&out, "<ul>");
        for (const std::string& item : block.items) {
          absl::StrAppend(&out, "<li>", Html(item), "</li>");
        }
        absl::StrAppend(&out, "</ul>");
        break;
      case BlockKind::kButtons:
        break;
    }
  }
  return out;
}

std::string CutTo(std::string text, size_t bytes_max) {
  constexpr std::string_view kMark = "…";
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max > kMark.size() ? bytes_max - kMark.size() : 0;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text.append(kMark);
}

}  // namespace tocsin::chat
