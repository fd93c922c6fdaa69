#include "clients/management/sum.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"

namespace tocsin::management {
namespace {

void Add(const v1::DutyCounts& more, v1::DutyCounts& sum) {
  sum.set_met(sum.met() + more.met());
  sum.set_late(sum.late() + more.late());
  sum.set_missed(sum.missed() + more.missed());
  sum.set_open(sum.open() + more.open());
  sum.set_waived(sum.waived() + more.waived());
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

v1::Statistics Sum(const std::vector<v1::Statistics>& all,
                   const std::vector<std::string>& organisations) {
  v1::Statistics sum;
  std::map<std::string, std::vector<std::string>> causes;
  for (size_t i = 0; i < all.size(); ++i) {
    const v1::Statistics& one = all[i];
    for (const v1::Statistics::Cause& cause : one.causes()) {
      for (const std::string& incident : cause.incidents()) {
        causes[cause.root_cause()].push_back(absl::StrCat(organisations[i], " ", incident));
      }
    }
    sum.set_incidents(sum.incidents() + one.incidents());
    sum.set_drills(sum.drills() + one.drills());
    Add(one.by_severity(), *sum.mutable_by_severity());
    Add(one.by_kind(), *sum.mutable_by_kind());
    sum.set_significant(sum.significant() + one.significant());
    sum.set_undecided(sum.undecided() + one.undecided());
    Add(one.duties(), *sum.mutable_duties());
    sum.set_actions_done(sum.actions_done() + one.actions_done());
    sum.set_reviews_published(sum.reviews_published() + one.reviews_published());
    sum.set_closed_without_review(sum.closed_without_review() + one.closed_without_review());
    sum.set_loss_eur(sum.loss_eur() + one.loss_eur());
    sum.set_loss_known(sum.loss_known() + one.loss_known());
    sum.set_tlp(std::max(sum.tlp(), one.tlp()));
    sum.set_restricted(sum.restricted() + one.restricted());
    AddMonths(one, sum);
  }
  for (const auto& [name, incidents] : causes) {
    v1::Statistics::Cause& cause = *sum.add_causes();
    cause.set_root_cause(name);
    for (const std::string& incident : incidents) cause.add_incidents(incident);
  }
  return sum;
}

v1::Stock Sum(const std::vector<v1::Stock>& all) {
  v1::Stock sum;
  for (const v1::Stock& one : all) {
    sum.set_incidents_open(sum.incidents_open() + one.incidents_open());
    sum.set_undecided(sum.undecided() + one.undecided());
    sum.set_notifications_open(sum.notifications_open() + one.notifications_open());
    sum.set_notifications_missed(sum.notifications_missed() + one.notifications_missed());
    sum.set_actions_open(sum.actions_open() + one.actions_open());
    sum.set_actions_overdue(sum.actions_overdue() + one.actions_overdue());
    sum.set_actions_unevaluated(sum.actions_unevaluated() + one.actions_unevaluated());
  }
  return sum;
}

}  // namespace tocsin::management
