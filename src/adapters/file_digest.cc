#include "adapters/file_digest.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include <openssl/evp.h>

namespace transcribed::adapters {
namespace {

constexpr std::size_t piece_bytes = 4 * 1024 * 1024;

class Digest {
 public:
  explicit Digest(const EVP_MD* kind) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    good_ = context_ && EVP_DigestInit_ex(context_.get(), kind, nullptr) == 1;
  }
  bool add(const void* bytes, std::size_t size) {
    good_ = good_ && EVP_DigestUpdate(context_.get(), bytes, size) == 1;
    return good_;
  }
  // "" after a failure.
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned int size = 0;
    if (!good_ || EVP_DigestFinal_ex(context_.get(), sum.data(), &size) != 1) return {};
    constexpr const char* digits = "0123456789abcdef";
    std::string out;
    for (unsigned int i = 0; i < size; ++i) {
      out += digits[sum[i] >> 4];
      out += digits[sum[i] & 15];
    }
    return out;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  bool good_ = false;
};

}  // namespace

tl::expected<Digests, std::string> digest_file(int fd,
                                               const std::function<bool(std::int64_t)>& go_on) {
  Digest sha1(EVP_sha1());
  Digest sha256(EVP_sha256());
  std::vector<char> piece(piece_bytes);
  off_t at = 0;
  for (;;) {
    if (!go_on(at)) return tl::unexpected(std::string());
    const ssize_t got = ::pread(fd, piece.data(), piece.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(std::generic_category().message(errno));
    if (got == 0) break;
    const auto size = static_cast<std::size_t>(got);
    if (!sha1.add(piece.data(), size) || !sha256.add(piece.data(), size)) break;
    at += got;
  }
  Digests sums{sha1.hex(), sha256.hex()};
  // A machine in FIPS mode, for one, has no SHA-1.
  if (sums.sha256.empty()) return tl::unexpected(std::string("OpenSSL gives no SHA-256 here"));
  return sums;
}

}  // namespace transcribed::adapters
