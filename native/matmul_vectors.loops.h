// A way of multiplying modulo 2^64 is a struct: vectors of W lanes, and an accumulator of their products.
//   Full   any number of bits          Ifma   up to 52 bits: the CPU looks at the low 52 bits of operands only
//   Small  up to 32 bits, in 32-bit lanes
// (and on ARM others for packed operands, see matmul_neon.loops.h)
// and the sizes of what is held in registers: tiles of ROWS x COLS vectors for packed operands (matmul_packed.loops.h),
// others for skinny ones (matmul_skinny.loops.h).

#if SIMD == 512

struct Full {
  using Word = u64;
  using Vec = __m512i;
  using Acc = __m512i;
  static constexpr int W = 8, ROWS = 8, COLS = 2;
  static constexpr int SKINNY_ROWS = 8, SKINNY_COLS = 2, DOT_ROWS = 4, DOT_COLS = 4;
  static Vec load(const u64* p) { return _mm512_loadu_si512(p); }
  static Vec splat(u64 v) { return _mm512_set1_epi64(static_cast<i64>(v)); }
  static Acc zero() { return _mm512_setzero_si512(); }
  static Acc from(Vec v) { return v; }
  static void mac(Acc& acc, Vec a, Vec b) { acc = _mm512_add_epi64(acc, _mm512_mullo_epi64(a, b)); }
  static void store(u64* p, Acc acc) { _mm512_storeu_si512(p, acc); }
  static u64 total(Acc acc) {
    u64 v[8], sum = 0;
    store(v, acc);
    for (const u64 x : v) sum += x;
    return sum;
  }
};

struct Ifma : Full {
  static void mac(Acc& acc, Vec a, Vec b) { acc = _mm512_madd52lo_epu64(acc, a, b); }
};

struct Small {
  using Word = u32;
  using Vec = __m512i;
  using Acc = __m512i;
  static constexpr int W = 16, ROWS = 8, COLS = 2;
  static Vec load(const u32* p) { return _mm512_loadu_si512(p); }
  static Vec splat(u32 v) { return _mm512_set1_epi32(static_cast<i32>(v)); }
  static Acc zero() { return _mm512_setzero_si512(); }
  static void mac(Acc& acc, Vec a, Vec b) { acc = _mm512_add_epi32(acc, _mm512_mullo_epi32(a, b)); }
  static void store(u32* p, Acc acc) { _mm512_storeu_si512(p, acc); }
};

#elif SIMD == 2

/** a b = a0 b0 + (a0 b1 + a1 b0) 2^32 with halves of 32 bits; the second sum needs its low 32 bits only. */
struct Full {
  using Word = u64;
  using Vec = __m256i;
  struct Acc {
    __m256i low, cross;
  };
  static constexpr int W = 4, ROWS = 4, COLS = 1;
  static constexpr int SKINNY_ROWS = 4, SKINNY_COLS = 1, DOT_ROWS = 2, DOT_COLS = 2;
  static Vec load(const u64* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Vec splat(u64 v) { return _mm256_set1_epi64x(static_cast<i64>(v)); }
  static Acc zero() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
  static Acc from(Vec v) { return {v, _mm256_setzero_si256()}; }
  static void mac(Acc& acc, Vec a, Vec b) {
    acc.low = _mm256_add_epi64(acc.low, _mm256_mul_epu32(a, b));
    acc.cross = _mm256_add_epi32(acc.cross, _mm256_mullo_epi32(a, _mm256_shuffle_epi32(b, 0xb1)));
  }
  static Vec value(Acc acc) {
    const Vec cross = _mm256_add_epi32(acc.cross, _mm256_slli_epi64(acc.cross, 32));
    return _mm256_add_epi64(acc.low, _mm256_andnot_si256(_mm256_set1_epi64x(0xffffffff), cross));
  }
  static void store(u64* p, Acc acc) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), value(acc)); }
  static u64 total(Acc acc) {
    u64 v[4];
    store(v, acc);
    return v[0] + v[1] + v[2] + v[3];
  }
};

struct Small {
  using Word = u32;
  using Vec = __m256i;
  using Acc = __m256i;
  static constexpr int W = 8, ROWS = 4, COLS = 2;
  static Vec load(const u32* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Vec splat(u32 v) { return _mm256_set1_epi32(static_cast<i32>(v)); }
  static Acc zero() { return _mm256_setzero_si256(); }
  static void mac(Acc& acc, Vec a, Vec b) { acc = _mm256_add_epi32(acc, _mm256_mullo_epi32(a, b)); }
  static void store(u32* p, Acc acc) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), acc); }
};

#elif SIMD == 128

#include "matmul_neon.loops.h"

#else

struct Full {
  using Word = u64;
  using Vec = u64;
  using Acc = u64;
  static constexpr int W = 1, ROWS = 2, COLS = 4;
  static constexpr int SKINNY_ROWS = 4, SKINNY_COLS = 1, DOT_ROWS = 2, DOT_COLS = 2;
  static Vec load(const u64* p) { return *p; }
  static Vec splat(u64 v) { return v; }
  static Acc zero() { return 0; }
  static Acc from(Vec v) { return v; }
  static void mac(Acc& acc, Vec a, Vec b) { acc += a * b; }
  static void store(u64* p, Acc acc) { *p = acc; }
  static u64 total(Acc acc) { return acc; }
};

#endif

/** Eight terms of eight rows, which lie `step` apart, to eight columns, `to_step` apart. */
#if SIMD == 512
inline void put8(u64* to, __m512i v) { _mm512_storeu_si512(to, v); }
inline void put8(u32* to, __m512i v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtepi64_epi32(v));
}

/** Lane j of v[i] becomes lane i of v[j]. */
inline void turn_lanes(__m512i (&v)[8]) {
  __m512i w[8];
  UNROLL for (int i = 0; i < 8; i += 2) {  // pairs of lanes
    w[i] = _mm512_unpacklo_epi64(v[i], v[i + 1]);
    w[i + 1] = _mm512_unpackhi_epi64(v[i], v[i + 1]);
  }
  UNROLL for (int i = 0; i < 8; i++) {  // quarters: even ones of both, odd ones of both
    const int x = i / 4 * 4 + i % 2, y = x + 2;
    v[i] = i % 4 < 2 ? _mm512_shuffle_i64x2(w[x], w[y], 0x88)
                     : _mm512_shuffle_i64x2(w[x], w[y], 0xdd);
  }
  UNROLL for (int i = 0; i < 4; i++) {
    w[i] = _mm512_shuffle_i64x2(v[i], v[i + 4], 0x88);
    w[i + 4] = _mm512_shuffle_i64x2(v[i], v[i + 4], 0xdd);
  }
  UNROLL for (int i = 0; i < 8; i++) v[i] = w[i];
}

template <class Word>
void turn8(Word* to, size_t to_step, const u64* from, size_t step) {
  __m512i v[8];
  UNROLL for (int i = 0; i < 8; i++) v[i] = _mm512_loadu_si512(from + i * step);
  turn_lanes(v);
  UNROLL for (int i = 0; i < 8; i++) put8(to + i * to_step, v[i]);
}
#elif SIMD != 128
template <class Word>
void turn8(Word* to, size_t to_step, const u64* from, size_t step) {
  for (int p = 0; p < 8; p++)
    for (int i = 0; i < 8; i++) to[p * to_step + i] = static_cast<Word>(from[i * step + p]);
}
#endif
