// The evidence of a report: each item with size, hash and chain of custody, as the committed bodies
// say, then what was only written about evidence.
#include <array>

#include "absl/strings/str_cat.h"
#include "clients/report/composer.h"
#include "clients/report/entry_types.h"

namespace tocsin::report {
namespace {

const char* CustodyKey(uint64_t custody) {
  constexpr std::array<const char*, 5> kKeys = {"custody.collected", "custody.transferred",
                                                "custody.returned", "custody.stored",
                                                "custody.retrieved"};
  return custody >= 1 && custody <= kKeys.size() ? kKeys[custody - 1] : "custody.returned";
}

}  // namespace

Row Composer::EvidenceRow(const EntryView& added) const {
  Line custody;
  Line holder;
  for (const EntryView& entry : bundle_.entries) {
    if (!entry.evidence || entry.subject != added.subject) continue;
    const EvidenceView& step = *entry.evidence;
    // Of a copy that came into the server or left it: the item itself stays in the same hands.
    const bool of_copy = step.custody > 3;
    const bool by_author = step.custody == 1 || of_copy;
    Line who = by_author ? Handle(entry.author) : Line{Said(step.to)};
    // The body holds a person's id; who that is says the view.
    if (!by_author && step.to.empty()) who = Handle(Attribute(entry.attributes, "to"));
    if (!custody.empty()) custody.push_back(Plain("; "));
    custody.push_back(Plain(absl::StrCat(Moment(step.time.value_or(entry.recorded)), " ",
                                         words_(CustodyKey(step.custody)), " ")));
    Append(custody, who);
    if (!step.because.empty()) {
      custody.push_back(Plain(": "));
      custody.push_back(Said(step.because));
    }
    AppendEntries(custody, {entry.sequence});
    if (of_copy) continue;
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
