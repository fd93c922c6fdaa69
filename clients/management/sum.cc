#include "clients/management/sum.h"

#include <algorithm>

namespace tocsin::management {
namespace {

void Add(const v1::DutyCounts& more, v1::DutyCounts& sum) {
  sum.set_met(sum.met() + more.met());
  sum.set_late(sum.late() + more.late());
  sum.set_missed(sum.missed() + more.missed());
  sum.set_open(sum.open() + more.open());
  sum.set_waived(sum.waived() + more.waived());
}

void Add(const v1::ActionCounts& more, v1::ActionCounts& sum) {
  sum.set_done(sum.done() + more.done());
  sum.set_open(sum.open() + more.open());
  sum.set_overdue(sum.overdue() + more.overdue());
  sum.set_unevaluated(sum.unevaluated() + more.unevaluated());
}

using Counts = google::protobuf::Map<std::string, uint32_t>;

void Add(const Counts& more, Counts& sum) {
  for (const auto& [word, count] : more) sum[word] += count;
}

// Organisations in different zones begin their months at different instants; the names are the
// same.
void AddMonths(const v1::Statistics& more, v1::Statistics& sum) {
  for (int i = 0; i < more.months_size(); ++i) {
    const v1::Statistics::Month& month = more.months(i);
    v1::Statistics::Month& out = i < sum.months_size() ? *sum.mutable_months(i) : *sum.add_months();
    out.set_month(month.month());
    out.set_incidents(out.incidents() + month.incidents());
    Add(month.by_severity(), *out.mutable_by_severity());
    Add(month.duties(), *out.mutable_duties());
  }
}

}  // namespace

v1::Statistics Sum(const std::vector<v1::Statistics>& all) {
  v1::Statistics sum;
  for (const v1::Statistics& one : all) {
    sum.set_incidents(sum.incidents() + one.incidents());
    sum.set_drills(sum.drills() + one.drills());
    Add(one.by_severity(), *sum.mutable_by_severity());
    Add(one.by_kind(), *sum.mutable_by_kind());
    sum.set_open(sum.open() + one.open());
    sum.set_significant(sum.significant() + one.significant());
    sum.set_undecided(sum.undecided() + one.undecided());
    Add(one.duties(), *sum.mutable_duties());
    Add(one.actions(), *sum.mutable_actions());
    sum.set_reviews_published(sum.reviews_published() + one.reviews_published());
    sum.set_closed_without_review(sum.closed_without_review() + one.closed_without_review());
    sum.set_loss_eur(sum.loss_eur() + one.loss_eur());
    sum.set_loss_known(sum.loss_known() + one.loss_known());
    sum.set_tlp(std::max(sum.tlp(), one.tlp()));
    AddMonths(one, sum);
  }
  return sum;
}

}  // namespace tocsin::management
