// Products modulo 2^64 of four lanes by four on ARM. The compiler does them one by one: NEON multiplies no more than
// halves of 32 bits.

/** Halves lanes, their low and high halves. */
struct Halves {
  uint32x4_t low, high;
};
/** Two and two lanes. */
struct Four {
  uint64x2_t v, w;
};

inline Halves halves(Four x) {
  const auto v = vreinterpretq_u32_u64(x.v), w = vreinterpretq_u32_u64(x.w);
  return {vuzp1q_u32(v, w), vuzp2q_u32(v, w)};
}
inline Four load4(const u64* p) { return {vld1q_u64(p), vld1q_u64(p + 2)}; }
inline Four four(u64 v) { return {vdupq_n_u64(v), vdupq_n_u64(v)}; }
inline Four operator+(Four x, Four y) { return {vaddq_u64(x.v, y.v), vaddq_u64(x.w, y.w)}; }
inline Four operator-(Four x, Four y) { return {vsubq_u64(x.v, y.v), vsubq_u64(x.w, y.w)}; }

/** a0 b0 + (a0 b1 + a1 b0) 2^32 */
inline Four operator*(Four x, Four y) {
  const Halves a = halves(x), b = halves(y);
  const auto cross = vmlaq_u32(vmulq_u32(a.low, b.high), a.high, b.low), none = vdupq_n_u32(0);
  return {vmlal_u32(vreinterpretq_u64_u32(vzip1q_u32(none, cross)), vget_low_u32(a.low), vget_low_u32(b.low)),
          vmlal_high_u32(vreinterpretq_u64_u32(vzip2q_u32(none, cross)), a.low, b.low)};
}

/** out[i] = f of lanes i, four of them as long as there are four: at(x) is x[i], all(v) is v. */
template <class F>
void each(u64* out, size_t n, const F& f) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const Four v = f([i](const u64* x) { return load4(x + i); }, four);
    vst1q_u64(out + i, v.v);
    vst1q_u64(out + i + 2, v.w);
  }
  for (; i < n; i++) out[i] = f([i](const u64* x) { return x[i]; }, [](u64 v) { return v; });
}
