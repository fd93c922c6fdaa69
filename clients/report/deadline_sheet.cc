#include "clients/report/deadline_sheet.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/report/plain_text.h"
#include "server/base/view.h"

namespace tocsin::report {
namespace {

constexpr size_t kColumns = 78;
// Fits A4 and US Letter at ten points with margins.
constexpr size_t kPageLines = 60;
constexpr size_t kFieldIndent = 17;
constexpr size_t kNoteLinesMin = 4;
constexpr std::string_view kTelephones[] = {"Authority, CSIRT", "Incident lead", "Legal, DPO",
                                            "Management"};

// Lines that cannot be wider than the page.
class Page {
 public:
  /// `text` with `lead` before its first line and as many blanks before the others.
  void Add(std::string_view lead, std::string_view text, size_t lines_max) {
    std::string before(lead);
    const size_t indent = ColumnsOf(lead);
    for (const std::string& line : Wrap(OneLine(text), kColumns - indent, lines_max)) {
      AddWhole(before + line);
      before.assign(indent, ' ');
    }
  }
  void Field(std::string_view name, std::string_view text) {
    std::string lead = absl::StrCat("       ", ToAbsl(name));
    lead.resize(kFieldIndent, ' ');
    Add(lead, text, 2);
  }
  /// A name, and a line to write on.
  void Blank(std::string_view name) {
    std::string line(name);
    line.resize(std::max(line.size(), size_t{19}), ' ');
    AddWhole(line + std::string(kColumns - line.size(), '_'));
  }
  void Rule(char of) { AddWhole(std::string(kColumns, of)); }
  void Gap() { AddWhole(""); }
  size_t lines() const { return lines_; }
  const std::string& text() const { return text_; }

 private:
  void AddWhole(const std::string& line) {
    absl::StrAppend(&text_, line, "\n");
    ++lines_;
  }

  std::string text_;
  size_t lines_ = 0;
};

void AddHead(Page& page, const DeadlineList& list) {
  if (list.drill)
    page.Add("*** DRILL *** ", "An exercise: nothing of this goes to an authority.", 1);
  if (list.historical) page.Add("HISTORICAL  ", "Recorded after the fact.", 1);
  page.Add("LEGAL DEADLINES  ", list.incident, 1);
  page.Add("", list.title, 2);
  page.Add("Written  ",
           absl::StrCat(LocalAndUtc(list.written, list.zone), " after entry #", list.last_sequence),
           2);
  page.Add("Zone     ", list.zone.name(), 1);
  page.Add("Newer?   ", absl::StrCat("tocsin deadlines --incident ", list.incident), 1);
  const auto is_provisional = [](const Deadline& deadline) { return deadline.provisional; };
  if (std::any_of(list.deadlines.begin(), list.deadlines.end(), is_provisional)) {
    page.Add("PROVISIONAL below: ", kProvisional, 1);
  }
}

void AddDeadline(Page& page, const DeadlineList& list, const Deadline& deadline, size_t number) {
  std::string title = deadline.label;
  if (!deadline.regime.empty()) absl::StrAppend(&title, " (", deadline.regime, ")");
  const bool is_ours = deadline.state != DeadlineState::kExpected;
  page.Gap();
  page.Add(absl::StrCat("[ ] ", number, ". "), title, 2);
  if (deadline.due) {
    page.Field("Due", LocalAndUtc(*deadline.due, list.zone));
    if (deadline.legal_latest && *deadline.legal_latest != *deadline.due) {
      page.Field("By law", LocalAndUtc(*deadline.legal_latest, list.zone));
    }
  } else {
    page.Field("No date", WhyNoDate(deadline));
  }
  page.Field("State", StateText(deadline, list.written));
  if (!deadline.article.empty()) {
    const bool quote = deadline.due && !deadline.primary_norm.empty();
    const std::string norm = quote ? absl::StrCat(", \"", deadline.primary_norm, "\"") : "";
    page.Field("Article", deadline.article + norm);
  }
  if (!deadline.addressee.empty()) {
    page.Field("To", deadline.addressee);
  } else if (deadline.due && is_ours) {
    page.Field("To", std::string(kColumns - kFieldIndent, '_'));
  }
  if (deadline.due && is_ours) {
    page.Field("Filed at", "____-__-__ __:__  reference ______________________");
  }
}

// Those with or those without a date, numbered on.
void AddDeadlines(Page& page, const DeadlineList& list, bool dated, size_t& number) {
  for (const Deadline& deadline : list.deadlines) {
    if (deadline.due.has_value() == dated) AddDeadline(page, list, deadline, ++number);
  }
}

void AddRoomToWrite(Page& page) {
  page.Rule('=');
  page.Add("", "TELEPHONE NUMBERS", 1);
  for (const std::string_view name : kTelephones) page.Blank(name);
  page.Gap();
  page.Add("", "NOTES", 1);
  for (size_t i = 0; i < kNoteLinesMin || page.lines() < kPageLines; ++i) page.Rule('_');
}

}  // namespace

std::string DeadlineSheet(const DeadlineList& list) {
  const auto is_dated = [](const Deadline& deadline) { return deadline.due.has_value(); };
  const size_t dated =
      static_cast<size_t>(std::count_if(list.deadlines.begin(), list.deadlines.end(), is_dated));
  Page page;
  AddHead(page, list);
  size_t number = 0;
  page.Rule('=');
  page.Add("", dated == 0 ? "NOTHING WITH A DATE IS OPEN" : "WHAT IS DUE WHEN", 1);
  AddDeadlines(page, list, /*dated=*/true, number);
  if (dated < list.deadlines.size()) {
    page.Rule('-');
    page.Add("", "OPEN WITHOUT A DATE", 1);
    AddDeadlines(page, list, /*dated=*/false, number);
  }
  AddRoomToWrite(page);
  return page.text();
}

}  // namespace tocsin::report
