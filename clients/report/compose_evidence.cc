// The evidence of a report: each item with size, hash and chain of custody, as the committed bodies
// say, then what was only written about evidence.
#include "absl/strings/str_cat.h"
#include "clients/report/composer.h"
#include "clients/report/entry_types.h"

namespace tocsin::report {
namespace {

const char* CustodyKey(uint64_t custody) {
  if (custody == 1) return "custody.collected";
  return custody == 2 ? "custody.transferred" : "custody.returned";
}

}  // namespace

Row Composer::EvidenceRow(const EntryView& added) const {
  Line custody;
  Line holder;
  for (const EntryView& entry : bundle_.entries) {
    if (!entry.evidence || entry.subject != added.subject) continue;
    const EvidenceView& step = *entry.evidence;
    const bool collected = step.custody == 1;
    Line who = collected ? Handle(entry.author) : Line{Said(step.to)};
    // The body holds a person's id; who that is says the view.
    if (!collected && step.to.empty()) who = Handle(Attribute(entry.attributes, "to"));
    if (!custody.empty()) custody.push_back(Plain("; "));
    custody.push_back(Plain(absl::StrCat(Moment(step.time.value_or(entry.recorded)), " ",
                                         words_(CustodyKey(step.custody)), " ")));
    Append(custody, who);
    if (!step.because.empty()) {
      custody.push_back(Plain(": "));
      custody.push_back(Said(step.because));
    }
    AppendEntries(custody, {entry.sequence});
    holder.clear();
    if (step.custody == 3) holder.push_back(Plain(absl::StrCat(words_("custody.returned"), " ")));
    Append(holder, who);
  }
  return {{{Code(added.subject)},
           {Said(added.evidence->name)},
           {Plain(absl::StrCat(added.evidence->size))},
           std::move(holder),
           {Code(added.evidence->sha256)},
           {Said(added.evidence->from)},
           {Said(added.evidence->note)},
           std::move(custody)}};
}

void Composer::AddEvidence() {
  Table table{.caption = words_("evidence.caption"),
              .columns = {{words_("column.id"), Place::kOwn, 2},
                          {words_("column.what"), Place::kMain, 8},
                          {words_("column.bytes"), Place::kOwn, 3},
                          {words_("column.held_by"), Place::kOwn, 3},
                          {"SHA-256", Place::kUnder},
                          {words_("column.from"), Place::kUnder},
                          {words_("column.remark"), Place::kUnder},
                          {words_("column.custody"), Place::kUnder}}};
  for (const EntryView& entry : bundle_.entries) {
    if (entry.type == kTypeEvidenceAdded && entry.evidence)
      table.rows.push_back(EvidenceRow(entry));
  }
  if (table.rows.empty()) return AddKind(EntryKind::kEvidence, "evidence");
  AddHeading(2, {Plain(words_("evidence"))});
  document_.blocks.emplace_back(std::move(table));
  AddKind(EntryKind::kEvidence, "evidence.notes");
}

}  // namespace tocsin::report
