// Ways of multiplying modulo 2^64 on ARM, where a vector multiplication has two lanes of 64 bits, four of 32 or eight
// of 16, and any lane of its right factor for all of the left one. With halves of 32 bits
//   a b = a0 b0 + (a0 b1 + a1 b0) 2^32
// takes two instructions of two products each for four columns of a0 b0, and two of four for the rest, of which only
// low bits count. Rings of up to 48 bits need 16 bits of the rest: eight products an instruction, so that eight columns
// take 6 instructions instead of 8. (At 40 bits 8 would do, but a product of bytes by one lane does not exist.)

/** v, which the compiler takes for changed. It would add two products before it adds them to a sum: an addition more. */
template <class T>
inline T kept(T v) {
  asm("" : "+w"(v));
  return v;
}

// Words are read and written as what they are in memory, whatever the lanes that are computed with.
inline uint32x4_t load32(const u64* p) { return vreinterpretq_u32_u64(vld1q_u64(p)); }
inline uint32x4_t load32(const u32* p) { return vld1q_u32(p); }
inline void store32(u64* p, uint32x4_t v) { vst1q_u64(p, vreinterpretq_u64_u32(v)); }

/** Low and high halves of four lanes; products of the low ones, and the low 32 bits of the other two. */
struct Full {
  using Word = u64;
  struct Vec {
    uint32x4_t low, high;
  };
  struct Acc {
    uint64x2_t low, low2;
    uint32x4_t cross;
  };
  static constexpr int W = 4, ROWS = 4, COLS = 2;
  static constexpr int SKINNY_ROWS = 4, SKINNY_COLS = 2, DOT_ROWS = 4, DOT_COLS = 2;
  static Vec load(const u64* p) {
    const auto v = load32(p), w = load32(p + 2);
    return {vuzp1q_u32(v, w), vuzp2q_u32(v, w)};
  }
  static uint32x4_t splat(u64 v) { return vreinterpretq_u32_u64(vdupq_n_u64(v)); }
  static Acc zero() { return {vdupq_n_u64(0), vdupq_n_u64(0), vdupq_n_u32(0)}; }
  static Acc from(Vec v) { return {vmovl_u32(vget_low_u32(v.low)), vmovl_high_u32(v.low), v.high}; }
  /** Times the lane of 64 bits of `a` that begins at its lane LOW of 32 bits. */
  template <int LOW>
  static void mac_lane(Acc& acc, uint32x4_t a, Vec b) {
    acc.low = vmlal_laneq_u32(acc.low, vget_low_u32(b.low), a, LOW);
    acc.low2 = vmlal_high_laneq_u32(acc.low2, b.low, a, LOW);
    acc.cross = vmlaq_laneq_u32(kept(vmlaq_laneq_u32(acc.cross, b.high, a, LOW)), b.low, a, LOW + 1);
  }
  static void mac(Acc& acc, uint32x4_t a, Vec b) { mac_lane<0>(acc, a, b); }
  /** Lane by lane; the sums will be totalled, so that one vector of them does. */
  static void mac(Acc& acc, Vec a, Vec b) {
    acc.low = vmlal_high_u32(kept(vmlal_u32(acc.low, vget_low_u32(a.low), vget_low_u32(b.low))), a.low, b.low);
    acc.cross = vmlaq_u32(kept(vmlaq_u32(acc.cross, a.low, b.high)), a.high, b.low);
  }
  static void store(u64* p, Acc acc) {
    const uint32x4_t none = vdupq_n_u32(0);
    vst1q_u64(p, vaddq_u64(acc.low, vreinterpretq_u64_u32(vzip1q_u32(none, acc.cross))));
    vst1q_u64(p + 2, vaddq_u64(acc.low2, vreinterpretq_u64_u32(vzip2q_u32(none, acc.cross))));
  }
  static u64 total(Acc acc) {
    return vaddvq_u64(vaddq_u64(acc.low, acc.low2)) + (u64{vaddvq_u32(acc.cross)} << 32);
  }
  /** Takes a packed panel of b apart for `step`, four lanes at a time; a is read as it is. */
  static void arrange(u64* b, size_t count) {
    for (u64* const end = b + count * W * COLS; b < end; b += W) {
      const Vec v = load(b);
      store32(b, v.low);
      store32(b + 2, v.high);
    }
  }
  static void step(Acc acc[ROWS][COLS], const u64* a, const u64* b) {
    const Vec right[] = {{load32(b), load32(b + 2)}, {load32(b + 4), load32(b + 6)}};
    UNROLL for (int r = 0; r < ROWS; r += 2) {
      const auto left = load32(a + r);
      UNROLL for (int c = 0; c < COLS; c++) {
        mac_lane<0>(acc[r][c], left, right[c]);
        mac_lane<2>(acc[r + 1][c], left, right[c]);
      }
    }
  }
};

/** Up to 48 bits, eight lanes: products of their low 32 bits, and the low 16 bits of the others. */
struct Middle {
  using Word = u64;
  struct Acc {
    uint64x2_t low[4];
    uint16x8_t cross;
  };
  static constexpr int W = 8, ROWS = 4, COLS = 1;
  static Acc zero() { return {{vdupq_n_u64(0), vdupq_n_u64(0), vdupq_n_u64(0), vdupq_n_u64(0)}, vdupq_n_u16(0)}; }
  /** Of eight lanes: their low 32 bits, then the low 16 of all, then bits 32 to 47 of all. */
  static void arrange(u64* b, size_t count) {
    for (u64* const end = b + count * W; b < end; b += W) {
      const auto v = Full::load(b), w = Full::load(b + 4);
      const auto parts = [](uint32x4_t x, uint32x4_t y) {
        return vreinterpretq_u32_u16(vuzp1q_u16(vreinterpretq_u16_u32(x), vreinterpretq_u16_u32(y)));
      };
      store32(b, v.low);
      store32(b + 2, w.low);
      store32(b + 4, parts(v.low, w.low));
      store32(b + 6, parts(v.high, w.high));
    }
  }
  template <int LANE>
  static void mac_lane(Acc& acc, uint32x4_t a, const uint32x4_t* low, uint16x8_t b0, uint16x8_t b1) {
    const auto halves = vreinterpretq_u16_u32(a);
    UNROLL for (int i = 0; i < 2; i++) {
      acc.low[2 * i] = vmlal_laneq_u32(acc.low[2 * i], vget_low_u32(low[i]), a, 2 * LANE);
      acc.low[2 * i + 1] = vmlal_high_laneq_u32(acc.low[2 * i + 1], low[i], a, 2 * LANE);
    }
    acc.cross = vmlaq_laneq_u16(kept(vmlaq_laneq_u16(acc.cross, b1, halves, 4 * LANE)), b0, halves, 4 * LANE + 2);
  }
  static void step(Acc acc[ROWS][COLS], const u64* a, const u64* b) {
    const uint32x4_t low[] = {load32(b), load32(b + 2)};
    const auto b0 = vreinterpretq_u16_u32(load32(b + 4)), b1 = vreinterpretq_u16_u32(load32(b + 6));
    UNROLL for (int r = 0; r < ROWS; r += 2) {
      const auto left = load32(a + r);
      mac_lane<0>(acc[r][0], left, low, b0, b1);
      mac_lane<1>(acc[r + 1][0], left, low, b0, b1);
    }
  }
  static void store(u64* p, Acc acc) {
    const uint32x4_t cross[] = {vmovl_u16(vget_low_u16(acc.cross)), vmovl_high_u16(acc.cross)};
    for (int i = 0; i < 2; i++) Full::store(p + 4 * i, {acc.low[2 * i], acc.low[2 * i + 1], cross[i]});
  }
};

struct Small {
  using Word = u32;
  using Acc = uint32x4_t;
  static constexpr int W = 4, ROWS = 8, COLS = 2;
  static Acc zero() { return vdupq_n_u32(0); }
  static void arrange(u32*, size_t) {}
  static void step(Acc acc[ROWS][COLS], const u32* a, const u32* b) {
    const Acc right[] = {load32(b), load32(b + 4)};
    UNROLL for (int r = 0; r < ROWS; r += 4) {
      const auto left = load32(a + r);
      UNROLL for (int c = 0; c < COLS; c++) {
        acc[r][c] = vmlaq_laneq_u32(acc[r][c], right[c], left, 0);
        acc[r + 1][c] = vmlaq_laneq_u32(acc[r + 1][c], right[c], left, 1);
        acc[r + 2][c] = vmlaq_laneq_u32(acc[r + 2][c], right[c], left, 2);
        acc[r + 3][c] = vmlaq_laneq_u32(acc[r + 3][c], right[c], left, 3);
      }
    }
  }
  static void store(u32* p, Acc acc) { vst1q_u32(p, acc); }
};

/** Two rows of two: lanes of the same term side by side. */
inline void turn2(u64* to, size_t to_step, const u64* from, size_t step) {
  const auto v = vld1q_u64(from), w = vld1q_u64(from + step);
  vst1q_u64(to, vzip1q_u64(v, w));
  vst1q_u64(to + to_step, vzip2q_u64(v, w));
}
inline void turn2(u32* to, size_t to_step, const u64* from, size_t step) {
  const auto v = vmovn_u64(vld1q_u64(from)), w = vmovn_u64(vld1q_u64(from + step));
  vst1_u32(to, vzip1_u32(v, w));
  vst1_u32(to + to_step, vzip2_u32(v, w));
}

/** Eight terms of eight rows, which lie `step` apart, to eight columns, `to_step` apart. */
template <class Word>
void turn8(Word* to, size_t to_step, const u64* from, size_t step) {
  for (int p = 0; p < 8; p += 2)
    UNROLL for (int i = 0; i < 8; i += 2) turn2(to + p * to_step + i, to_step, from + i * step + p, step);
}
