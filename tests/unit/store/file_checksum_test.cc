#include "server/store/file_checksum.h"

#include <memory>
#include <string>
#include <string_view>

#include "rocksdb/file_checksum.h"
#include "tests/support/catch.h"

namespace tocsin::store {
namespace {

// The checksum over `data`, which comes in two pieces.
std::string Of(rocksdb::FileChecksumGenFactory& factory, std::string_view data, size_t first) {
  const std::unique_ptr<rocksdb::FileChecksumGenerator> generator =
      factory.CreateFileChecksumGenerator({});
  REQUIRE(generator != nullptr);
  generator->Update(data.data(), first);
  generator->Update(data.data() + first, data.size() - first);
  generator->Finalize();
  return generator->GetChecksum();
}

}  // namespace

TEST_CASE("FileChecksums: makes what RocksDB makes, of any length and in any pieces", "[store]") {
  const auto ours = FileChecksums();
  const auto theirs = rocksdb::GetFileChecksumGenCrc32cFactory();
  std::string data;
  for (size_t size = 0; size < 300; ++size) {
    for (const size_t first : {size_t{0}, size / 3, size}) {
      CHECK(Of(*ours, data, first) == Of(*theirs, data, first));
    }
    data.push_back(static_cast<char>(size * 131 + 7));
  }
  CHECK(Of(*ours, "123456789", 4) == "\xE3\x06\x92\x83");  // RFC 3720's CRC-32C.
}

TEST_CASE("FileChecksums: goes by RocksDB's names, which the store's files hold", "[store]") {
  const auto ours = FileChecksums();
  const auto theirs = rocksdb::GetFileChecksumGenCrc32cFactory();
  CHECK(std::string(ours->Name()) == theirs->Name());
  CHECK(std::string(ours->CreateFileChecksumGenerator({})->Name()) ==
        theirs->CreateFileChecksumGenerator({})->Name());
  rocksdb::FileChecksumGenContext context;
  context.requested_checksum_func_name = "Another";
  CHECK(ours->CreateFileChecksumGenerator(context) == nullptr);
  CHECK(theirs->CreateFileChecksumGenerator(context) == nullptr);
}

}  // namespace tocsin::store
