// Bitmaps, a word of 64 bits at a time.

/** out[j * step + w] = bit first + j of the 64 lanes a[64 w] on, for j < count and w < words. */
#if SIMD == 512
inline void planes_of(u64* out, size_t step, const u64* a, size_t words, unsigned first, unsigned count) {
  for (unsigned j = 0; j < count; j += 8) {
    const __m128i shift = _mm_cvtsi32_si128(static_cast<int>(first + j));
    for (size_t w = 0; w < words; w++) {
      alignas(64) u8 bytes[64];  // eight planes of each lane
      UNROLL for (int i = 0; i < 8; i++) {
        const __m512i v = _mm512_srl_epi64(_mm512_loadu_si512(a + 64 * w + 8 * i), shift);
        _mm_storel_epi64(reinterpret_cast<__m128i*>(bytes + 8 * i), _mm512_cvtepi64_epi8(v));
      }
      const __m512i all = _mm512_load_si512(bytes);
      u64 mask[8];
      UNROLL for (int b = 0; b < 8; b++) mask[b] = _mm512_movepi8_mask(_mm512_slli_epi16(all, 7 - b));
      for (unsigned b = 0; b < 8 && j + b < count; b++) out[(j + b) * step + w] = mask[b];
    }
  }
}
#elif SIMD == 128
#include "bits_neon.loops.h"
#else
/** Transposes a square of 64 x 64 bits: swaps its off-diagonal quarters, then those of each quarter, and so on. */
inline void turn64(u64* x) {
  u64 mask = 0xffffffff;
  for (size_t s = 32; s; s >>= 1, mask ^= mask << s)
    for (size_t i = 0; i < 64; i += 2 * s)
      ELEMENTWISE for (size_t r = i; r < i + s; r++) {
        const u64 t = (x[r] >> s ^ x[r + s]) & mask;
        x[r] ^= t << s;
        x[r + s] ^= t;
      }
}

inline void planes_of(u64* out, size_t step, const u64* a, size_t words, unsigned first, unsigned count) {
  for (size_t w = 0; w < words; w++, a += 64) {
    if (count < 12) {
      for (unsigned j = 0; j < count; j++) {
        u64 v = 0;
        for (u64 i = 0; i < 64; i++) v |= (a[i] >> (first + j) & 1) << i;
        out[j * step + w] = v;
      }
      continue;
    }
    u64 x[64];
    for (int i = 0; i < 64; i++) x[i] = a[i];
    turn64(x);
    for (unsigned j = 0; j < count; j++) out[j * step + w] = x[first + j];
  }
}
#endif

/** Eight words at a time: a cache line of every plane. */
void planes(u64* out, const u64* a, size_t n, unsigned first, unsigned count) {
  const size_t words = (n + 63) / 64, whole = n / 64;
  for (size_t w = 0; w < whole; w += 8)
    planes_of(out + w, words, a + 64 * w, whole - w < 8 ? whole - w : 8, first, count);
  if (n % 64 == 0) return;
  u64 rest[64] = {};
  for (size_t i = 0; i < n % 64; i++) rest[i] = a[whole * 64 + i];
  planes_of(out + whole, words, rest, 1, first, count);
}

void xor_words(u64* out, const u64* a, const u64* b, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] = a[i] ^ b[i];
}

void and_words(u64* out, const u64* a, const u64* b, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] = a[i] & b[i];
}

void and_xor_words(u64* out, const u64* a, const u64* b, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] ^= a[i] & b[i];
}

inline size_t at_most_64(size_t n) { return n < 64 ? n : 64; }

void spread(u64* out, const u64* bits, size_t n) {
  for (size_t from = 0; from < n; from += 64, out += 64) {
    const u64 word = bits[from / 64];
    const u64 count = at_most_64(n - from);
    ELEMENTWISE for (u64 i = 0; i < count; i++) out[i] = word >> i & 1;
  }
}

/** c ? d - e : e, without a branch: the minus of a bit is a mask. */
void blend(u64* out, const u64* c, const u64* d, const u64* e, size_t n) {
  for (size_t from = 0; from < n; from += 64, out += 64, d += 64, e += 64) {
    const u64 word = c[from / 64];
    const u64 count = at_most_64(n - from);
    ELEMENTWISE for (u64 i = 0; i < count; i++) out[i] = ((0 - (word >> i & 1)) & (d[i] - 2 * e[i])) + e[i];
  }
}
