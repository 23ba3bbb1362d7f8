// Dense bit streams on ARM: groups of eight lanes as four vectors of two. Two lanes of which neither has bits in a ninth
// byte lie within 16 bytes of the stream, from the byte in which the first one begins.

struct Pairs {
  size_t start[4];       // bytes from the beginning of the group
  int64x2_t shift[4];    // of both lanes, in their first bytes
  uint8x16_t second[4];  // to the second lane's bytes from where they are in the stream; others give zero
  uint8x16_t meet[4];    // to the byte of the previous pair in which this one begins
};

inline bool fit(const Plan& plan) {
  for (const u64 shift : plan.shift)
    if (shift + plan.bits > 64) return false;  // 58, 59, 61, 62 and 63 bits
  return true;
}

inline Pairs pairs_of(const Plan& plan) {
  static const u8 count[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  Pairs pairs;
  for (int v = 0; v < 4; v++) {
    const u8 *take = plan.take + 16 * v, distance = take[8] - take[0];
    pairs.start[v] = take[0];
    pairs.shift[v] = vreinterpretq_s64_u64(vld1q_u64(plan.shift + 2 * v));
    pairs.second[v] = vqaddq_u8(vsubq_u8(vld1q_u8(count), vdupq_n_u8(distance)), vdupq_n_u8(8));
    pairs.meet[v] = vdupq_n_u8(255);
    if (v) pairs.meet[v] = vsetq_lane_u8(take[0] - take[-16], pairs.meet[v], 0);
  }
  return pairs;
}

inline uint64x2_t lanes(const Plain& s, size_t i) { return vld1q_u64(s.a + i); }
inline uint64x2_t lanes(const Sum& s, size_t i) { return vaddq_u64(vld1q_u64(s.a + i), vld1q_u64(s.b + i)); }
inline uint64x2_t lanes(const Difference& s, size_t i) { return vsubq_u64(vld1q_u64(s.a + i), vld1q_u64(s.b + i)); }

/** A pair's 16 bytes reach into those of the next, which are written after them; MEET: into their first byte with bits. */
template <bool MEET, class S>
size_t pack_pairs(u8* out, const S s, size_t n, size_t length, const Plan& plan) {
  const Pairs pairs = pairs_of(plan);
  const unsigned bits = plan.bits;
  const uint64x2_t mask = vdupq_n_u64(plan.mask);
  size_t i = 0, at = 0;
  for (; i + 8 <= n && at + pairs.start[3] + 16 <= length; i += 8, at += bits) {
    uint8x16_t before = vdupq_n_u8(0);
    UNROLL for (int v = 0; v < 4; v++) {
      const uint64x2_t x = vshlq_u64(vandq_u64(lanes(s, i + 2 * v), mask), pairs.shift[v]);
      const uint64x2_t first = vcombine_u64(vget_low_u64(x), vcreate_u64(0));
      uint8x16_t bytes = vorrq_u8(vreinterpretq_u8_u64(first), vqtbl1q_u8(vreinterpretq_u8_u64(x), pairs.second[v]));
      if (MEET) bytes = vorrq_u8(bytes, vqtbl1q_u8(before, pairs.meet[v]));
      vst1q_u8(out + at + pairs.start[v], bytes);
      before = bytes;
    }
  }
  return i;
}

/** Groups of eight lanes, as long as whole vectors may be written; returns how many lanes are done. */
template <class S>
size_t pack_groups(u8* out, const S& s, size_t n, size_t length, const Plan& plan) {
  if (!fit(plan)) return 0;
  return plan.bits % 4 ? pack_pairs<true>(out, s, n, length, plan) : pack_pairs<false>(out, s, n, length, plan);
}

/** Likewise, as long as whole vectors may be read. */
template <bool ADD>
size_t unpack_groups(u64* out, const u8* bytes, const u64* a, size_t n, size_t length, const Plan& plan) {
  if (!fit(plan)) return 0;
  const Pairs pairs = pairs_of(plan);
  const unsigned bits = plan.bits;
  const uint64x2_t mask = vdupq_n_u64(plan.mask);
  int64x2_t shift[4];
  uint8x16_t take[4];
  for (int v = 0; v < 4; v++) {
    shift[v] = vnegq_s64(pairs.shift[v]);
    take[v] = vsubq_u8(vld1q_u8(plan.take + 16 * v), vdupq_n_u8(plan.take[16 * v]));
  }
  size_t i = 0, at = 0;
  for (; i + 8 <= n && at + pairs.start[3] + 16 <= length; i += 8, at += bits)
    UNROLL for (int v = 0; v < 4; v++) {
      const uint8x16_t stream = vqtbl1q_u8(vld1q_u8(bytes + at + pairs.start[v]), take[v]);
      const uint64x2_t x = vandq_u64(vshlq_u64(vreinterpretq_u64_u8(stream), shift[v]), mask);
      vst1q_u64(out + i + 2 * v, ADD ? vaddq_u64(x, vld1q_u64(a + i + 2 * v)) : x);
    }
  return i;
}
