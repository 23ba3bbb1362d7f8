// Dense bit streams. Everything that steers these loops, `bits` above all, is public.

#if SIMD == 512
inline __m512i lanes(const Plain& s, size_t i) { return _mm512_loadu_si512(s.a + i); }
inline __m512i lanes(const Sum& s, size_t i) {
  return _mm512_add_epi64(_mm512_loadu_si512(s.a + i), _mm512_loadu_si512(s.b + i));
}
inline __m512i lanes(const Difference& s, size_t i) {
  return _mm512_sub_epi64(_mm512_loadu_si512(s.a + i), _mm512_loadu_si512(s.b + i));
}

/** Groups of eight lanes as long as 64 bytes may be written; returns how many lanes are done. */
template <class S>
size_t pack_groups(u8* out, const S& s, size_t n, size_t length, const Plan& plan) {
  const unsigned bits = plan.bits;
  const __m512i mask = _mm512_set1_epi64(static_cast<i64>(plan.mask));
  const __m512i shift = _mm512_loadu_si512(plan.shift), back = _mm512_loadu_si512(plan.back);
  size_t i = 0, at = 0;
  if (bits < 8) {
    const __m512i place = _mm512_mullo_epi64(_mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi64(bits));
    for (; i + 8 <= n && at + 8 <= length; i += 8, at += bits) {
      const __m512i v = _mm512_sllv_epi64(_mm512_and_si512(lanes(s, i), mask), place);
      const u64 word = static_cast<u64>(_mm512_reduce_or_epi64(v));
      std::memcpy(out + at, &word, 8);
    }
    return i;
  }
  const __m512i put = _mm512_loadu_si512(plan.put), last = _mm512_loadu_si512(plan.put_last);
  const __m512i ninth = _mm512_loadu_si512(plan.put9);
  for (; i + 8 <= n && at + 64 <= length; i += 8, at += bits) {
    const __m512i v = _mm512_and_si512(lanes(s, i), mask);
    const __m512i low = _mm512_sllv_epi64(v, shift);
    __m512i bytes = _mm512_or_si512(_mm512_maskz_permutexvar_epi8(plan.keep, put, low),
                                    _mm512_maskz_permutexvar_epi8(plan.keep_last, last, low));
    if (bits > 56) {
      const __m512i high = _mm512_srlv_epi64(v, back);
      bytes = _mm512_or_si512(bytes, _mm512_maskz_permutexvar_epi8(plan.keep9, ninth, high));
    }
    _mm512_storeu_si512(out + at, bytes);
  }
  return i;
}

/** Likewise, as long as 64 bytes may be read. */
template <bool ADD>
size_t unpack_groups(u64* out, const u8* bytes, const u64* a, size_t n, size_t length, const Plan& plan) {
  const unsigned bits = plan.bits;
  const __m512i mask = _mm512_set1_epi64(static_cast<i64>(plan.mask));
  const __m512i shift = _mm512_loadu_si512(plan.shift), back = _mm512_loadu_si512(plan.back);
  const __m512i take = _mm512_loadu_si512(plan.take), ninth = _mm512_loadu_si512(plan.take9);
  size_t i = 0, at = 0;
  for (; i + 8 <= n && at + 64 <= length; i += 8, at += bits) {
    const __m512i stream = _mm512_loadu_si512(bytes + at);
    __m512i v = _mm512_srlv_epi64(_mm512_permutexvar_epi8(take, stream), shift);
    // a shift by 64, of lanes without a ninth byte, gives zero
    if (bits > 56) v = _mm512_or_si512(v, _mm512_sllv_epi64(_mm512_permutexvar_epi8(ninth, stream), back));
    v = _mm512_and_si512(v, mask);
    if (ADD) v = _mm512_add_epi64(v, _mm512_loadu_si512(a + i));
    _mm512_storeu_si512(out + i, v);
  }
  return i;
}
#elif SIMD == 128
#include "pack_neon.loops.h"
#else
template <class S>
size_t pack_groups(u8*, const S&, size_t, size_t, const Plan&) {
  return 0;
}
template <bool ADD>
size_t unpack_groups(u64*, const u8*, const u64*, size_t, size_t, const Plan&) {
  return 0;
}
#endif

template <class S>
void pack(u8* out, const S& s, size_t n, size_t length, const Plan& plan) {
  const unsigned bits = plan.bits;
  size_t i = pack_groups(out, s, n, length, plan);
  out += i / 8 * bits;
  u64 pending = 0;  // `fill` bits that are not written yet
  unsigned fill = 0;
  for (; i < n; i++) {
    const u64 v = s.lane(i) & plan.mask;
    pending |= v << fill;
    fill += bits;
    if (fill >= 64) {
      std::memcpy(out, &pending, 8);
      out += 8;
      fill -= 64;
      pending = fill ? v >> (bits - fill) : 0;
    }
  }
  if (fill) std::memcpy(out, &pending, (fill + 7) / 8);
}

template <bool ADD>
void unpack(u64* out, const u8* bytes, const u64* a, size_t n, size_t length, const Plan& plan) {
  const unsigned bits = plan.bits;
  size_t i = unpack_groups<ADD>(out, bytes, a, n, length, plan);
  for (; i < n && (i * bits >> 3) + 9 <= length; i++) {
    const size_t at = i * bits >> 3;
    const unsigned shift = i * bits & 7;
    u64 word;
    std::memcpy(&word, bytes + at, 8);
    const u64 v = (shift ? word >> shift | u64{bytes[at + 8]} << (64 - shift) : word) & plan.mask;
    out[i] = ADD ? v + a[i] : v;
  }
  for (; i < n; i++) {  // near the end: byte by byte
    u64 v = 0;
    for (unsigned b = 0; b < bits;) {
      const size_t at = i * bits + b;
      v |= u64{bytes[at >> 3]} >> (at & 7) << b;
      b += 8 - (at & 7);
    }
    v &= plan.mask;
    out[i] = ADD ? v + a[i] : v;
  }
}
