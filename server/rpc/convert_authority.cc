#include "server/rpc/convert_authority.h"

#include "server/regulation/rule_pack.h"

namespace tocsin::rpc {

v1::Authority ToProto(const app::Library::ListedAuthority& listed) {
  const regulation::Authority& authority = *listed.authority;
  v1::Authority out;
  out.set_id(authority.id);
  out.set_name(authority.name);
  out.set_country(listed.directory->country);
  out.set_role(std::string(regulation::ToText(authority.role)));
  for (const std::string& regime : authority.regimes) out.add_regimes(regime);
  for (const std::string& stage : authority.stages) out.add_stages(stage);
  out.set_channel(authority.channel);
  out.set_phone(authority.phone);
  for (const std::string& language : authority.languages) out.add_languages(language);
  out.set_fallback(authority.fallback);
  out.set_confidence(authority.confidence);
  out.set_note(authority.note);
  out.set_verified_on(listed.directory->verified_on);
  return out;
}

void FillAddressees(const app::Library& library, std::string_view country,
                    const domain::Incident& incident, const domain::Obligation& obligation,
                    v1::Obligation& out) {
  const domain::Ruling* ruling = domain::RulingOf(incident, obligation);
  if (ruling == nullptr) return;
  const regulation::RulePack& pack = ruling->pack->pack;
  const std::string& stage = obligation.duty.stage;
  const auto* rule = regulation::FindRule(pack, stage, ruling->entity_kind);
  if (rule != nullptr && !rule->addressee.empty()) {
    out.set_addressee(rule->addressee);
    return;
  }
  std::string_view from = country;
  if (ruling->establishment && !ruling->establishment->country.empty()) {
    from = ruling->establishment->country;
  }
  if (!pack.country.empty()) from = pack.country;
  for (const auto& listed : library.AddresseesOf(from, pack.regime, stage)) {
    *out.add_authorities() = ToProto(listed);
  }
}

}  // namespace tocsin::rpc
