// The checksum over each whole file of the store: CRC-32C, the same that RocksDB makes. Debian
// builds RocksDB for any amd64 processor, so that its own code computes it from tables, at a byte a
// nanosecond: as much work as the rest of writing a file. Processors with an instruction for it do
// it eight times as fast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace rocksdb {
class FileChecksumGenFactory;
}  // namespace rocksdb

namespace tocsin::store {

/// Makes what rocksdb::GetFileChecksumGenCrc32cFactory() makes, under the same name; that one
/// itself where the processor has no such instruction.
std::shared_ptr<rocksdb::FileChecksumGenFactory> FileChecksums();

}  // namespace tocsin::store
