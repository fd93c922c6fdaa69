#include "clients/report/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "server/base/check.h"

namespace tocsin::report {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say "with a gzip head"
constexpr size_t kPiece = 1 << 16;

// zlib's counters are 32 bits wide, so input goes in by pieces.
constexpr size_t kInputMax = size_t{1} << 30;

// zlib never writes to its input; its interface is older than const.
Bytef* Input(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

std::string Gzip(std::string_view text) {
  z_stream stream{};
  TOCSIN_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8,
                            Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out;
  std::array<Bytef, kPiece> piece{};
  int code = Z_OK;
  while (code != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      const size_t size = std::min(text.size(), kInputMax);
      stream.next_in = Input(text);
      stream.avail_in = static_cast<uInt>(size);
      text.remove_prefix(size);
    }
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    code = deflate(&stream, text.empty() ? Z_FINISH : Z_NO_FLUSH);
    TOCSIN_CHECK(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR);
    out.append(reinterpret_cast<const char*>(piece.data()), piece.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  return out;
}

std::optional<std::string> Gunzip(std::string_view packed, size_t bytes_max) {
  z_stream stream{};
  TOCSIN_CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK);
  std::string out;
  std::array<Bytef, kPiece> piece{};
  int code = Z_OK;
  while (code == Z_OK && out.size() <= bytes_max) {
    if (stream.avail_in == 0) {
      const size_t size = std::min(packed.size(), kInputMax);
      stream.next_in = Input(packed);
      stream.avail_in = static_cast<uInt>(size);
      packed.remove_prefix(size);
    }
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    code = inflate(&stream, Z_NO_FLUSH);
    out.append(reinterpret_cast<const char*>(piece.data()), piece.size() - stream.avail_out);
  }
  const bool whole = code == Z_STREAM_END && packed.empty() && stream.avail_in == 0;
  inflateEnd(&stream);
  if (!whole || out.size() > bytes_max) return std::nullopt;
  return out;
}

}  // namespace tocsin::report
