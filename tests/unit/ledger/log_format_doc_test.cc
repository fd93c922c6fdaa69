// The worked example of docs/log-format.md, computed: a change of format that forgets the page
// fails here.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <string>

#include "server/ledger/receipt.h"
#include "server/ledger/sealing.h"
#include "server/ledger/tree.h"
#include "tests/support/catch.h"
#include "tests/unit/ledger/ledger_samples.h"

namespace tocsin::ledger {
namespace {

std::string WithoutSpace(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(),
                            [](unsigned char c) { return std::isspace(c) != 0; }),
             text.end());
  return text;
}

std::string ReadPage() {
  std::ifstream in(TOCSIN_SOURCE_DIR "/docs/log-format.md");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Example {
  std::string origin = "tocsin.example/default";
  IncidentId incident = *IncidentId::Parse("00112233-4455-6677-8899-aabbccddeeff");
  Digest leaf_0 = Digest::FromBytes(std::string(32, '\xAA'));
  Digest leaf_1 = Digest::FromBytes(std::string(32, '\xBB'));
  Sealed sealed;
  std::string record;

  Example() {
    sealed = Seal("Isolated 14 hosts in VLAN 7.", "ssh SHA256:abc", EpochKey(1, Counting(0, 32)),
                  {.origin = origin, .org = OrgNumber{1}, .incident = incident, .sequence = 2},
                  [](std::span<uint8_t> out) {
                    for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<uint8_t>(0x20 + i);
                  });
    EntryRecord fields;
    fields.type = 1;
    fields.log_index = 2;
    fields.incident = incident;
    fields.incident_sequence = 2;
    fields.previous_leaf = leaf_1;
    fields.record_time = absl::FromUnixSeconds(1'781'079'300);
    fields.clock_error_ms = 5;
    fields.boottime_ns = 1'000'000'000;
    std::fill(fields.boot_id.begin(), fields.boot_id.end(), uint8_t{0xB0});
    fields.request = RequestId::FromBytes(std::string(16, '\xC0'));
    fields.actor = PrincipalId::FromBytes(std::string(16, '\xD0'));
    fields.tlp = Tlp::kAmber;
    fields.plaintext_commitment = sealed.plaintext_commitment;
    fields.ciphertext_hash = sealed.ciphertext_hash;
    fields.auth_hash = sealed.auth_hash;
    record = Encode(fields);
  }
};

TEST_CASE("docs/log-format.md: the worked example is what the code computes", "[ledger]") {
  const Example example;
  const Digest leaf = LeafHash(example.record);
  NodeMap store;
  Tree tree(store.Reader());
  tree.Append(std::vector<Digest>{example.leaf_0, example.leaf_1, leaf});
  const Signer signer = *Signer::FromSeed(example.origin, Counting(0, 32));
  const std::vector<Digest> proof = *tree.InclusionProof(2, 3);
  REQUIRE(proof.size() == 1);
  const std::string note = signer.Sign(3, tree.Root());

  const std::string page = WithoutSpace(ReadPage());
  for (const std::string& stated :
       {"box=" + HexEncode(example.sealed.body.box),
        "wrapped_key=" + HexEncode(example.sealed.body.key.bytes),
        "pt_commit=" + example.sealed.plaintext_commitment.Hex(),
        "ct_hash=" + example.sealed.ciphertext_hash.Hex(),
        "auth_hash=" + example.sealed.auth_hash.Hex(), "record=" + HexEncode(example.record),
        "leaf=" + leaf.Hex(), "proof=" + proof[0].Hex(), "root=" + tree.Root().Hex(),
        "vkey=" + signer.vkey(), "fingerprint=" + Fingerprint(signer.vkey()), WithoutSpace(note)}) {
    CAPTURE(stated);
    CHECK(page.find(stated) != page.npos);
  }
}

}  // namespace
}  // namespace tocsin::ledger
