// Bit planes on ARM. Of 64 lanes, those eight apart are brought together: byte t of vector i is one byte of lane
// 8 t + i. Turning the 8 x 8 bits that eight such vectors hold at byte t gives bits 8 t .. 8 t + 7 of eight planes.
// A vector has 16 bytes: two of a lane, and so 16 planes.

/** As much as 16 planes of 64 lanes need. */
using Bytes = uint8x16_t[8];

inline uint8x16_t evens(uint8x16_t a, uint8x16_t b) { return vuzp1q_u8(a, b); }
inline uint8x16_t odds(uint8x16_t a, uint8x16_t b) { return vuzp2q_u8(a, b); }

/** bytes[q][i] = bytes 2 q and 2 q + 1 of lanes i, 8 + i, .., 56 + i, shifted to the right; for q < quarters. */
inline void gather_bytes(Bytes* bytes, const u64* a, unsigned shift, unsigned quarters) {
  const int64x2_t right = vdupq_n_s64(-static_cast<i64>(shift));
  for (int i = 0; i < 8; i += 2) {
    uint64x2_t v[8];
    UNROLL for (int t = 0; t < 8; t++) v[t] = vshlq_u64(vld1q_u64(a + 8 * t + i), right);
    for (unsigned half = 0; 2 * half < quarters; half++) {
      uint16x8_t words[4];  // lanes i and i + 1 by turns, each half of the lane with its two quarters
      UNROLL for (int t = 0; t < 4; t++) {
        const auto x = vreinterpretq_u32_u64(v[2 * t]), y = vreinterpretq_u32_u64(v[2 * t + 1]);
        words[t] = vreinterpretq_u16_u32(half ? vuzp2q_u32(x, y) : vuzp1q_u32(x, y));
      }
      for (unsigned q = 2 * half; q < quarters && q < 2 * half + 2; q++) {
        uint8x16_t pairs[2];
        UNROLL for (int t = 0; t < 2; t++) {
          const auto x = words[2 * t], y = words[2 * t + 1];
          pairs[t] = vreinterpretq_u8_u16(q & 1 ? vuzp2q_u16(x, y) : vuzp1q_u16(x, y));
        }
        const auto low = evens(pairs[0], pairs[1]), high = odds(pairs[0], pairs[1]);
        bytes[q][i] = evens(low, high);
        bytes[q][i + 1] = odds(low, high);
      }
    }
  }
}

/** Swaps bits of y where `mask` is set with those of x that lie `S` further up. */
template <int S>
inline void swap_bits(uint8x16_t& x, uint8x16_t& y, uint8x16_t mask) {
  const auto up = vshlq_n_u8(y, S), down = vshrq_n_u8(x, S);
  x = vbslq_u8(mask, x, up);
  y = vbslq_u8(mask, down, y);
}

/** Bit b of vector i to bit i of vector b. */
inline void turn_bits(Bytes& v) {
  UNROLL for (int i = 0; i < 4; i++) {
    const auto x = v[i];
    v[i] = vsliq_n_u8(x, v[i + 4], 4);
    v[i + 4] = vsriq_n_u8(v[i + 4], x, 4);
  }
  const auto pairs = vdupq_n_u8(0x33), ones = vdupq_n_u8(0x55);
  UNROLL for (int i = 0; i < 4; i++) swap_bits<2>(v[i / 2 * 4 + i % 2], v[i / 2 * 4 + i % 2 + 2], pairs);
  UNROLL for (int i = 0; i < 8; i += 2) swap_bits<1>(v[i], v[i + 1], ones);
}

/** Up to eight planes of 64 lanes: a byte of each; of a plane, the bits of eight bytes in a row are added up. */
inline void few_planes(u64* out, size_t step, const u64* a, unsigned first, unsigned count) {
  const int64x2_t right = vdupq_n_s64(-static_cast<i64>(first));
  const auto weights = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201));
  uint8x16_t bytes[4];
  UNROLL for (int i = 0; i < 4; i++) {
    uint32x4_t v[4];
    uint16x8_t w[2];
    UNROLL for (int t = 0; t < 4; t++) {
      const u64* const from = a + 16 * i + 4 * t;
      v[t] = vuzp1q_u32(vreinterpretq_u32_u64(vshlq_u64(vld1q_u64(from), right)),
                        vreinterpretq_u32_u64(vshlq_u64(vld1q_u64(from + 2), right)));
    }
    UNROLL for (int t = 0; t < 2; t++)
      w[t] = vuzp1q_u16(vreinterpretq_u16_u32(v[2 * t]), vreinterpretq_u16_u32(v[2 * t + 1]));
    bytes[i] = evens(vreinterpretq_u8_u16(w[0]), vreinterpretq_u8_u16(w[1]));
  }
  for (unsigned j = 0; j < count; j++) {
    const auto bit = vdupq_n_u8(static_cast<u8>(1 << j));
    uint8x16_t m[4];
    UNROLL for (int i = 0; i < 4; i++) m[i] = vandq_u8(vtstq_u8(bytes[i], bit), weights);
    const auto sums = vpaddq_u8(vpaddq_u8(m[0], m[1]), vpaddq_u8(m[2], m[3]));
    out[j * step] = vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)), 0);
  }
}

inline void planes_of(u64* out, size_t step, const u64* a, size_t words, unsigned first, unsigned count) {
  if (count <= 8) {
    for (size_t w = 0; w < words; w++) few_planes(out + w, step, a + 64 * w, first, count);
    return;
  }
  const unsigned quarters = (count + 15) / 16;
  for (size_t w = 0; w < words; w++) {
    Bytes bytes[4];
    gather_bytes(bytes, a + 64 * w, first, quarters);
    for (unsigned q = 0; q < quarters; q++) {
      turn_bits(bytes[q]);
      u64 both[16];
      UNROLL for (int b = 0; b < 8; b++) {
        const auto v = vreinterpretq_u64_u8(bytes[q][b]);
        both[b] = vgetq_lane_u64(v, 0), both[b + 8] = vgetq_lane_u64(v, 1);
      }
      for (unsigned j = 0; j < 16 && 16 * q + j < count; j++) out[(16 * q + j) * step + w] = both[j];
    }
  }
}
