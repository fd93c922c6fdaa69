#include "server/store/file_checksum.h"

#include <cstring>
#include <string>

#include "rocksdb/file_checksum.h"
#include "server/base/encoding.h"

namespace tocsin::store {
namespace {

#if defined(__x86_64__)

bool HasInstruction() {
  return __builtin_cpu_supports("sse4.2") != 0;
}

__attribute__((target("sse4.2"))) uint32_t Extend(uint32_t state, const char* data, size_t size) {
  uint64_t wide = state;
  for (; size >= sizeof(uint64_t); data += sizeof(uint64_t), size -= sizeof(uint64_t)) {
    uint64_t eight = 0;
    std::memcpy(&eight, data, sizeof eight);
    wide = __builtin_ia32_crc32di(wide, eight);
  }
  auto narrow = static_cast<uint32_t>(wide);
  for (; size > 0; ++data, --size) {
    narrow = __builtin_ia32_crc32qi(narrow, static_cast<uint8_t>(*data));
  }
  return narrow;
}

class Generator final : public rocksdb::FileChecksumGenerator {
 public:
  void Update(const char* data, size_t size) override { state_ = Extend(state_, data, size); }
  void Finalize() override { AppendU32(checksum_, ~state_); }
  std::string GetChecksum() const override { return checksum_; }
  const char* Name() const override { return rocksdb::kStandardDbFileChecksumFuncName; }

 private:
  uint32_t state_ = ~uint32_t{0};
  std::string checksum_;
};

class Factory final : public rocksdb::FileChecksumGenFactory {
 public:
  std::unique_ptr<rocksdb::FileChecksumGenerator> CreateFileChecksumGenerator(
      const rocksdb::FileChecksumGenContext& context) override {
    const std::string& wanted = context.requested_checksum_func_name;
    if (!wanted.empty() && wanted != rocksdb::kStandardDbFileChecksumFuncName) return nullptr;
    return std::make_unique<Generator>();
  }
  // Of RocksDB's own factory: it is written into the options file.
  const char* Name() const override { return "FileChecksumGenCrc32cFactory"; }
};

#endif

}  // namespace

std::shared_ptr<rocksdb::FileChecksumGenFactory> FileChecksums() {
#if defined(__x86_64__)
  if (HasInstruction()) return std::make_shared<Factory>();
#endif
  return rocksdb::GetFileChecksumGenCrc32cFactory();
}

}  // namespace tocsin::store
