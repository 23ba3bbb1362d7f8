// Between floating point and the ring.

/** True when all of x fits: |x unit| + 1/2 < limit, which a NaN fails. */
template <class T>
bool fits(const T* x, double unit, double limit, size_t n) {
  int bad = 0;
  for (size_t i = 0; i < n; i++) bad |= !(std::fabs(static_cast<double>(x[i]) * unit) + 0.5 < limit);
  return !bad;
}

/** floor(|v| + 1/2) with the sign of v; below 2^62, so that truncation is floor. */
template <class T>
void to_fixed(u64* out, const T* x, double unit, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const double v = static_cast<double>(x[i]) * unit;
    out[i] = static_cast<u64>(static_cast<i64>(std::copysign(std::fabs(v) + 0.5, v)));
  }
}

void to_float(double* out, const u64* a, unsigned bits, double unit, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const i64 v = static_cast<i64>(a[i] << (64 - bits)) >> (64 - bits);
    out[i] = static_cast<double>(v) * unit;
  }
}

/** As bits, so that a NaN keeps its payload. A subnormal half is its mantissa times 2^-24, exactly. */
void half_to_float(u32* out, const u16* half, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const u32 h = half[i], sign = (h & 0x8000) << 16, rest = (h & 0x7fff) << 13;
    const float tiny = static_cast<float>(static_cast<i32>(h & 0x3ff)) * 0x1p-24f;
    u32 subnormal;
    std::memcpy(&subnormal, &tiny, 4);
    const u32 exponent = h & 0x7c00;
    const u32 normal = rest + (exponent == 0x7c00 ? (255 - 31) << 23 : 112 << 23);
    out[i] = sign | (exponent == 0 ? subnormal : normal);
  }
}

void bfloat_to_float(u32* out, const u16* bfloat, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = u32{bfloat[i]} << 16;
}
