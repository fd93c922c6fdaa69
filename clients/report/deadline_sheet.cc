#include "clients/report/deadline_sheet.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/report/plain_text.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

constexpr size_t kColumns = 78;
constexpr size_t kFieldIndent = 17;
constexpr size_t kNoteLinesMin = 2;
constexpr size_t kOtherLinesMax = 4;
constexpr std::string_view kTelephones[] = {"Incident lead", "Legal, DPO", "Management"};

// Lines that cannot be wider than the page, in blocks that stay together on one page.
class Sheet {
 public:
  using Block = std::vector<std::string>;

  void Begin() { blocks_.emplace_back(); }
  /// `text` with `lead` before its first line and as many blanks before the others.
  void Add(std::string_view lead, std::string_view text, size_t lines_max) {
    std::string before(lead);
    const size_t indent = ColumnsOf(lead);
    for (const std::string& line : Wrap(OneLine(text), kColumns - indent, lines_max)) {
      blocks_.back().push_back(before + line);
      before.assign(indent, ' ');
    }
  }
  void Field(std::string_view name, std::string_view text, size_t lines_max = 2) {
    std::string lead = absl::StrCat("       ", ToAbsl(name));
    lead.resize(kFieldIndent, ' ');
    Add(lead, text, lines_max);
  }
  /// A name, and a line to write on.
  void Blank(std::string_view name) {
    std::string line(name);
    line.resize(std::max(line.size(), size_t{19}), ' ');
    blocks_.back().push_back(line + std::string(kColumns - line.size(), '_'));
  }
  void Rule(char of) { blocks_.back().push_back(std::string(kColumns, of)); }
  void Gap() { blocks_.back().emplace_back(); }

  size_t lines() const {
    size_t lines = 0;
    for (const Block& block : blocks_) lines += block.size();
    return lines;
  }
  const std::vector<Block>& blocks() const { return blocks_; }

 private:
  std::vector<Block> blocks_;
};

// To whom, each list of authorities once, called A, B, C …
class Addressees {
 public:
  explicit Addressees(const DeadlineList& list) {
    for (const Deadline& deadline : list.deadlines) {
      if (!deadline.addressee.empty() || deadline.authorities.empty()) continue;
      if (std::find(lists_.begin(), lists_.end(), deadline.authorities) == lists_.end()) {
        lists_.push_back(deadline.authorities);
      }
    }
  }

  const std::vector<std::vector<Authority>>& lists() const { return lists_; }

  static std::string NameOf(size_t index) {
    return index < 26 ? std::string(1, static_cast<char>('A' + index)) : absl::StrCat(index + 1);
  }

  /// "A. CCB"; empty when nobody is known.
  std::string Of(const Deadline& deadline) const {
    if (!deadline.addressee.empty() || deadline.authorities.empty()) return deadline.addressee;
    const auto found = std::find(lists_.begin(), lists_.end(), deadline.authorities);
    const auto index = static_cast<size_t>(found - lists_.begin());
    const bool more = deadline.authorities.size() > 1;
    return absl::StrCat(NameOf(index), ". ", deadline.authorities.front().name,
                        more ? ", and others" : "");
  }

 private:
  std::vector<std::vector<Authority>> lists_;
};

void AddName(Sheet& sheet, const DeadlineList& list, std::string_view behind) {
  if (list.drill)
    sheet.Add("*** DRILL *** ", "An exercise: nothing of this goes to an authority.", 1);
  if (list.historical) sheet.Add("HISTORICAL  ", "Recorded after the fact.", 1);
  sheet.Add("LEGAL DEADLINES  ", absl::StrCat(list.incident, ToAbsl(behind)), 1);
}

void AddHead(Sheet& sheet, const DeadlineList& list) {
  sheet.Begin();
  AddName(sheet, list, "");
  sheet.Add("", list.title, 2);
  sheet.Add(
      "Written  ",
      absl::StrCat(LocalAndUtc(list.written, list.zone), " after entry #", list.last_sequence), 2);
  sheet.Add("Log      ", absl::StrCat(list.origin, ", zone ", list.zone.name()), 1);
  if (!list.fingerprint.empty()) sheet.Add("Server   ", list.fingerprint, 1);
  sheet.Add("Newer?   ", absl::StrCat("tocsin deadlines --incident ", list.incident), 1);
  const auto is_provisional = [](const Deadline& deadline) { return deadline.provisional; };
  if (std::any_of(list.deadlines.begin(), list.deadlines.end(), is_provisional)) {
    sheet.Add("PROVISIONAL below: ", kProvisional, 1);
  }
  if (!list.waiting.empty()) sheet.Add("Waiting  ", list.waiting, 2);
  sheet.Rule('=');
}

std::string TitleOf(const Deadline& deadline, absl::Time now) {
  std::string title = deadline.label;
  if (!deadline.regime.empty()) absl::StrAppend(&title, " (", deadline.regime, ")");
  return absl::StrCat(title, ": ", StateText(deadline, now));
}

void AddDated(Sheet& sheet, const DeadlineList& list, const Deadline& deadline,
              const std::string& to) {
  const bool is_ours = deadline.state != DeadlineState::kExpected;
  sheet.Field("Due", LocalAndUtc(*deadline.due, list.zone));
  if (deadline.legal_latest && *deadline.legal_latest != *deadline.due) {
    sheet.Field("By law", LocalAndUtc(*deadline.legal_latest, list.zone));
  }
  if (!deadline.article.empty()) {
    const std::string& norm = deadline.primary_norm;
    sheet.Field(
        "Article",
        norm.empty() ? deadline.article : absl::StrCat(deadline.article, ", \"", norm, "\""), 1);
  }
  if (!to.empty()) {
    sheet.Field(is_ours ? "To" : "From", to, 1);
  } else if (is_ours) {
    sheet.Field("To", std::string(kColumns - kFieldIndent, '_'));
  }
  if (is_ours) sheet.Field("Filed at", "____-__-__ __:__  reference ______________________");
}

void AddUndated(Sheet& sheet, const Deadline& deadline, const std::string& to) {
  sheet.Field("No date", WhyNoDate(deadline));
  const std::string comma = deadline.article.empty() || to.empty() ? "" : "; to ";
  const std::string text = absl::StrCat(deadline.article, comma, to);
  if (!text.empty()) sheet.Field(deadline.article.empty() ? "To" : "Article", text, 1);
}

// Those with or those without a date, numbered on. A heading stays with the first of them.
void AddDeadlines(Sheet& sheet, const DeadlineList& list, const Addressees& addressees, bool dated,
                  size_t& number) {
  bool first = true;
  for (const Deadline& deadline : list.deadlines) {
    if (deadline.due.has_value() != dated) continue;
    if (!std::exchange(first, false)) sheet.Begin();
    if (dated) sheet.Gap();
    sheet.Add(absl::StrCat("[ ] ", ++number, ". "), TitleOf(deadline, list.written), 2);
    const std::string to = addressees.Of(deadline);
    if (dated) {
      AddDated(sheet, list, deadline, to);
    } else {
      AddUndated(sheet, deadline, to);
    }
  }
}

// Behind the first of a list, those that are reached in the same way together.
void AddOthers(Sheet& sheet, const std::vector<Authority>& authorities) {
  std::vector<std::pair<std::string, std::string>> others;  // how, and who
  for (size_t i = 1; i < authorities.size(); ++i) {
    const Authority& other = authorities[i];
    const std::string who =
        other.phone.empty() ? other.name : absl::StrCat(other.name, " ", other.phone);
    const auto same = std::find_if(others.begin(), others.end(), [&](const auto& earlier) {
      return earlier.first == other.channel;
    });
    if (same == others.end()) {
      others.emplace_back(other.channel, who);
    } else {
      absl::StrAppend(&same->second, ", ", who);
    }
  }
  for (const auto& [how, who] : others) {
    sheet.Field("Others", absl::StrCat(who, ": ", how), kOtherLinesMax);
  }
}

void AddAddressee(Sheet& sheet, std::string_view name, const std::vector<Authority>& authorities) {
  const Authority& first = authorities.front();
  sheet.Add(absl::StrCat(ToAbsl(name), ". "), first.name, 1);
  sheet.Field("Channel", first.channel);
  sheet.Field("Phone",
              first.phone.empty() ? std::string(kColumns - kFieldIndent, '_') : first.phone);
  if (!first.fallback.empty()) sheet.Field("If down", first.fallback);
  std::vector<std::string> known;
  if (!first.languages.empty()) {
    known.push_back(absl::StrCat("takes ", absl::StrJoin(first.languages, ", ")));
  }
  if (!first.verified_on.empty()) known.push_back(absl::StrCat("looked up ", first.verified_on));
  if (!known.empty()) sheet.Field("Known", absl::StrJoin(known, "; "), 1);
  AddOthers(sheet, authorities);
}

void AddRoomToWrite(Sheet& sheet) {
  sheet.Begin();
  sheet.Rule('=');
  for (const std::string_view name : kTelephones) sheet.Blank(name);
  sheet.Begin();
  sheet.Add("", "NOTES", 1);
  for (size_t i = 0; i < kNoteLinesMin; ++i) sheet.Rule('_');
}

std::string Joined(const std::vector<std::string>& lines) {
  return absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
}

bool IsRule(const std::string& line) {
  return !line.empty() && line.find_first_not_of(line.front()) == std::string::npos;
}

void FillWithNotes(std::vector<std::string>& page, size_t lines) {
  while (page.size() < lines) page.emplace_back(kColumns, '_');
}

std::string OnPages(const Sheet& sheet, const DeadlineList& list) {
  Sheet head;
  head.Begin();
  AddName(head, list, ", continued");
  head.Rule('=');
  constexpr size_t kBeforeMark = kSheetLines - 1;
  std::vector<std::vector<std::string>> pages(1);
  const auto turn = [&] {
    pages.back().resize(kBeforeMark);
    pages.push_back(head.blocks().front());
  };
  for (const Sheet::Block& block : sheet.blocks()) {
    const bool begins_page = pages.back().size() + block.size() > kBeforeMark;
    if (begins_page) turn();
    for (const std::string& line : block) {
      // The head of the page ends in a rule already.
      if (begins_page && &line == &block.front() && IsRule(line)) continue;
      // A block that no page can hold.
      if (pages.back().size() == kBeforeMark) turn();
      pages.back().push_back(line);
    }
  }
  FillWithNotes(pages.back(), kBeforeMark);
  std::string text;
  for (size_t i = 0; i < pages.size(); ++i) {
    Sheet mark;
    mark.Begin();
    mark.Add("", absl::StrCat("-- page ", i + 1, " of ", pages.size(), " --"), 1);
    pages[i].push_back(mark.blocks().front().front());
    absl::StrAppend(&text, i == 0 ? "" : "\f", Joined(pages[i]));
  }
  return text;
}

}  // namespace

std::string DeadlineSheet(const DeadlineList& list) {
  const auto is_dated = [](const Deadline& deadline) { return deadline.due.has_value(); };
  const auto dated =
      static_cast<size_t>(std::count_if(list.deadlines.begin(), list.deadlines.end(), is_dated));
  const Addressees addressees(list);
  Sheet sheet;
  AddHead(sheet, list);
  size_t number = 0;
  sheet.Add("", dated == 0 ? "NOTHING WITH A DATE IS OPEN" : "WHAT IS DUE WHEN", 1);
  AddDeadlines(sheet, list, addressees, /*dated=*/true, number);
  if (dated < list.deadlines.size()) {
    sheet.Begin();
    sheet.Rule('-');
    sheet.Add("", "OPEN WITHOUT A DATE", 1);
    AddDeadlines(sheet, list, addressees, /*dated=*/false, number);
  }
  if (!addressees.lists().empty()) {
    sheet.Begin();
    sheet.Rule('-');
    sheet.Add("", "TO WHOM", 1);
  }
  for (size_t i = 0; i < addressees.lists().size(); ++i) {
    if (i > 0) sheet.Begin();
    AddAddressee(sheet, Addressees::NameOf(i), addressees.lists()[i]);
  }
  AddRoomToWrite(sheet);
  if (sheet.lines() > kSheetLines) return OnPages(sheet, list);
  std::vector<std::string> page;
  for (const Sheet::Block& block : sheet.blocks()) {
    page.insert(page.end(), block.begin(), block.end());
  }
  FillWithNotes(page, kSheetLines);
  return Joined(page);
}

}  // namespace tocsin::report
