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

/** Elements from..to, harmonic by harmonic, so that streams are written, or read, in order. */
void cosines(u64* out, const u64* a, const i32* table, u32 mask, u32 factor, unsigned harmonics, int g, size_t n,
             size_t from, size_t to) {
  const u32 quarter = (mask + 1) / 4;
  const i32 half = i32{1} << (29 - g);
  for (unsigned j = 0; j < harmonics; j++) {
    const u32 step = (j + 1) * factor;
    u64 *cosine = out + 2 * j * n, *sine = cosine + n;
    ELEMENTWISE for (size_t i = from; i < to; i++) {
      const u32 x = step * static_cast<u32>(a[i]);
      cosine[i] = static_cast<u64>(i64{(table[x & mask] + half) >> (30 - g)});
      sine[i] = static_cast<u64>(i64{(table[(x - quarter) & mask] + half) >> (30 - g)});
    }
  }
}

void cosine_sum(u64* out, const u64* a, const u64* dealt, const i32* table, u32 mask, u32 factor, const i32* coef,
                unsigned harmonics, size_t n, size_t from, size_t to) {
  const u32 quarter = (mask + 1) / 4;
  for (unsigned j = 0; j < harmonics; j++) {
    const i64 weight = coef[j];
    const u32 step = (j + 1) * factor;
    const u64 *cosine = dealt + 2 * j * n, *sine = cosine + n;
    ELEMENTWISE for (size_t i = from; i < to; i++) {
      const u32 x = step * static_cast<u32>(a[i]);
      const u64 c = static_cast<u64>((table[x & mask] * weight + (i64{1} << 29)) >> 30);
      const u64 s = static_cast<u64>((table[(x - quarter) & mask] * weight + (i64{1} << 29)) >> 30);
      out[i] += c * cosine[i] + s * sine[i];
    }
  }
}
