// Fused passes of the protocols; formulas are in src/kernels/kernels.ts.

/** Up to 64 elements under one word of each bitmap. Bits stay bits: (x ^ -b) + b is x or, where b is set, -x. */
template <bool EACH>
void truncate_word(u64* out, const u64* a, const u64* g, u64 mine, u64 theirs, const u64* shift, unsigned bits,
                   u64 mask, u64 both, u64 n) {
  const u64 same = shift[0];
  ELEMENTWISE for (u64 i = 0; i < n; i++) {
    const u64 t = EACH ? shift[i] : same;
    const u64 low = a[i] & mask, u = low >> (bits - 1);
    const u64 d = mine >> i & 1, e = theirs >> i & 1, f = d ^ e;
    const u64 r = e & (u ^ d);
    const u64 p = (both & d & e) + ((r ^ (0 - d)) + d) + ((g[i] ^ (0 - f)) + f);
    out[i] = (low >> t) - ((u - p) << (bits - 1 - t) << 1);  // in two steps: a shift by 64 must give 0
  }
}

void truncate_finish(u64* out, const u64* a, const u64* g, const u64* mine, const u64* theirs, const u64* shift,
                     bool each, unsigned bits, bool first, size_t n) {
  const u64 mask = low_mask(bits);
  for (size_t i = 0, w = 0; i < n; i += 64, w++) {
    const u64 count = n - i < 64 ? n - i : 64;
    if (each)
      truncate_word<true>(out + i, a + i, g + i, mine[w], theirs[w], shift + i, bits, mask, first, count);
    else
      truncate_word<false>(out + i, a + i, g + i, mine[w], theirs[w], shift, bits, mask, first, count);
  }
}

// The lookups below index tables by numbers that may show in the caches. That is allowed: an index is either public to
// the evaluator that computes it (a masked value) or the dealer's own mask, and no party shares a CPU with another's
// trust. Apart from the lookups these loops do the same for every value.

void gather(u64* out, const u64* a, const u64* table, u64 mask, int shift, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] = table[a[i] >> shift & mask];
}

/** Cosine (low half) and sine (high half) of x. */
inline u64 pair_at(const i32* table, u32 mask, u32 x) {
  const u32 quarter = (mask + 1) / 4;
  return static_cast<u32>(table[x & mask]) | u64{static_cast<u32>(table[(x - quarter) & mask])} << 32;
}

inline i64 low_half(u64 pair) { return static_cast<i32>(pair); }
inline i64 high_half(u64 pair) { return static_cast<i64>(pair) >> 32; }

/** All of them side by side: one lookup instead of two. */
void cosine_pairs(u64* pairs, const i32* table, u32 mask) {
  for (u64 x = 0; x <= mask; x++) pairs[x] = pair_at(table, mask, static_cast<u32>(x));
}

/** Looked up one by one, so that what comes after is done in vectors: quicker here than a vector of lookups. */
void look_up(u64* found, const u64* a, const Circle& circle, u32 step, size_t n) {
  if (circle.pairs)
    for (size_t i = 0; i < n; i++) found[i] = circle.pairs[step * static_cast<u32>(a[i]) & circle.mask];
  else
    for (size_t i = 0; i < n; i++) found[i] = pair_at(circle.table, circle.mask, step * static_cast<u32>(a[i]));
}

/** Up to LOOKUPS elements of `stride` in all, for each harmonic. */
void cosines(u64* out, const u64* a, const Circle& circle, u32 factor, unsigned harmonics, int g, size_t stride,
             size_t n) {
  const i64 half = i64{1} << (29 - g);
  u64 found[LOOKUPS];
  for (unsigned j = 0; j < harmonics; j++) {
    look_up(found, a, circle, (j + 1) * factor, n);
    u64 *cosine = out + 2 * j * stride, *sine = cosine + stride;
    ELEMENTWISE for (size_t i = 0; i < n; i++) cosine[i] = static_cast<u64>((low_half(found[i]) + half) >> (30 - g));
    ELEMENTWISE for (size_t i = 0; i < n; i++) sine[i] = static_cast<u64>((high_half(found[i]) + half) >> (30 - g));
  }
}

#if SIMD == 128
#include "four_neon.loops.h"

/** (x weight + 2^29) >> 30 of signed halves. */
inline Four weighted(uint32x4_t x, i32 weight) {
  const int32x4_t v = vreinterpretq_s32_u32(x);
  const int64x2_t half = vdupq_n_s64(i64{1} << 29);
  return {vreinterpretq_u64_s64(vshrq_n_s64(vmlal_n_s32(half, vget_low_s32(v), weight), 30)),
          vreinterpretq_u64_s64(vshrq_n_s64(vmlal_high_n_s32(half, v, weight), 30))};
}
inline Four weighted_low(Four pairs, i64 weight) { return weighted(halves(pairs).low, static_cast<i32>(weight)); }
inline Four weighted_high(Four pairs, i64 weight) { return weighted(halves(pairs).high, static_cast<i32>(weight)); }
#endif
inline u64 weighted_low(u64 pair, i64 weight) {
  return static_cast<u64>((low_half(pair) * weight + (i64{1} << 29)) >> 30);
}
inline u64 weighted_high(u64 pair, i64 weight) {
  return static_cast<u64>((high_half(pair) * weight + (i64{1} << 29)) >> 30);
}

void cosine_sum(u64* out, const u64* a, const u64* dealt, const Circle& circle, u32 factor, Span<i32> coef,
                size_t stride, size_t n) {
  u64 found[LOOKUPS];
  for (unsigned j = 0; j < coef.size; j++) {
    look_up(found, a, circle, (j + 1) * factor, n);
    const i64 weight = coef.data[j];
    const u64 *cosine = dealt + 2 * j * stride, *sine = cosine + stride;
#if SIMD == 128
    const u64* const pairs = found;
    each(out, n, [=](auto at, auto) {
      return at(out) + weighted_low(at(pairs), weight) * at(cosine) + weighted_high(at(pairs), weight) * at(sine);
    });
#else
    ELEMENTWISE for (size_t i = 0; i < n; i++)
      out[i] += weighted_low(found[i], weight) * cosine[i] + weighted_high(found[i], weight) * sine[i];
#endif
  }
}
