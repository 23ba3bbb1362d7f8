// AES-128 in counter mode by the OpenSSL inside Node. Without its headers this family is empty, and
// src/kernels/native.ts takes the TypeScript kernel, which is as good for all but small outputs.
#include <algorithm>

#include "call.h"
#if __has_include(<openssl/evp.h>)
#define PUMA_EVP 1
#include <openssl/crypto.h>
#include <openssl/evp.h>
#endif

namespace puma {
#ifdef PUMA_EVP
namespace {

/** What is encrypted: zeros, which stay in the nearest cache. */
constexpr size_t CHUNK = 1 << 13;
alignas(64) const u8 zeros[CHUNK] = {};
constexpr size_t TASK = 1 << 20;

struct Counter {
  u8 block[16];
};

/** The counter block `blocks` blocks further on: big endian addition modulo 2^128. */
Counter advanced(const u8* iv, u64 blocks) {
  Counter c;
  unsigned carry = 0;
  for (int i = 15; i >= 0; i--, blocks >>= 8) {
    carry += iv[i] + static_cast<unsigned>(blocks & 255);
    c.block[i] = static_cast<u8>(carry);
    carry >>= 8;
  }
  return c;
}

/** The key stream is the encryption of zeros. Freeing the context wipes the key schedule. */
bool fill(u8* out, size_t length, const u8* key, const u8* counter) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  bool good = context && EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), nullptr, key, counter) == 1;
  for (size_t at = 0; good && at < length; at += CHUNK) {
    const size_t size = std::min(CHUNK, length - at);
    int written = 0;
    good = EVP_EncryptUpdate(context, out + at, &written, zeros, static_cast<int>(size)) == 1;
  }
  EVP_CIPHER_CTX_free(context);
  return good;
}

void prg(Call& c) {
  const auto out = c.lanes(0);
  const auto key = c.bytes(1), iv = c.bytes(2);
  const size_t length = out.size * sizeof(u64);
  u8* const to = reinterpret_cast<u8*>(out.data);
  std::vector<u8> good((length + TASK - 1) / TASK);
  c.threads().run(good.size(), [&](size_t i) {
    const Counter counter = advanced(iv.data, i * (TASK / 16));
    good[i] = fill(to + i * TASK, std::min(TASK, length - i * TASK), key.data, counter.block);
  });
  if (std::find(good.begin(), good.end(), 0) != good.end()) throw std::runtime_error("AES-128-CTR failed");
}

}  // namespace

const Named prg_kernels[] = {{"prg", prg}, {nullptr, nullptr}};
#else
const Named prg_kernels[] = {{nullptr, nullptr}};
#endif

}  // namespace puma
