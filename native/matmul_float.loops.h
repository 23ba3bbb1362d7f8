// Float products with sums in double. A product of two floats is exact in double, so a fused multiply-add rounds like
// a multiplication and an addition, and every level gives the same bits.

/** Eight partial sums, or eight terms: number p belongs to sum p mod 8. */
#if SIMD == 512
using Eight = __m512d;
inline Eight none() { return _mm512_setzero_pd(); }
inline Eight terms(const float* p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
inline void mac(Eight& s, const Eight& a, const Eight& b) { s = _mm512_fmadd_pd(a, b, s); }
inline void store(double* to, const Eight& s) { _mm512_storeu_pd(to, s); }
constexpr int ROWS = 4, COLS = 4;
#elif SIMD == 2
struct Eight {
  __m256d v, w;
};
inline Eight none() { return {_mm256_setzero_pd(), _mm256_setzero_pd()}; }
inline Eight terms(const float* p) {
  return {_mm256_cvtps_pd(_mm_loadu_ps(p)), _mm256_cvtps_pd(_mm_loadu_ps(p + 4))};
}
inline void mac(Eight& s, const Eight& a, const Eight& b) {
  s.v = _mm256_fmadd_pd(a.v, b.v, s.v);
  s.w = _mm256_fmadd_pd(a.w, b.w, s.w);
}
inline void store(double* to, const Eight& s) {
  _mm256_storeu_pd(to, s.v);
  _mm256_storeu_pd(to + 4, s.w);
}
constexpr int ROWS = 2, COLS = 2;
#elif SIMD == 128
struct Eight {
  float64x2_t v, w, x, y;
};
inline Eight none() { return {vdupq_n_f64(0), vdupq_n_f64(0), vdupq_n_f64(0), vdupq_n_f64(0)}; }
inline Eight terms(const float* p) {
  const float32x4_t v = vld1q_f32(p), w = vld1q_f32(p + 4);
  return {vcvt_f64_f32(vget_low_f32(v)), vcvt_high_f64_f32(v), vcvt_f64_f32(vget_low_f32(w)), vcvt_high_f64_f32(w)};
}
inline void mac(Eight& s, const Eight& a, const Eight& b) {
  s.v = vfmaq_f64(s.v, a.v, b.v);
  s.w = vfmaq_f64(s.w, a.w, b.w);
  s.x = vfmaq_f64(s.x, a.x, b.x);
  s.y = vfmaq_f64(s.y, a.y, b.y);
}
inline void store(double* to, const Eight& s) {
  vst1q_f64(to, s.v);
  vst1q_f64(to + 2, s.w);
  vst1q_f64(to + 4, s.x);
  vst1q_f64(to + 6, s.y);
}
constexpr int ROWS = 2, COLS = 2;
#else
struct Eight {
  double v[8];
};
inline Eight none() { return {}; }
inline Eight terms(const float* p) {
  Eight e;
  for (int i = 0; i < 8; i++) e.v[i] = static_cast<double>(p[i]);
  return e;
}
inline void mac(Eight& s, const Eight& a, const Eight& b) {
  for (int i = 0; i < 8; i++) s.v[i] += a.v[i] * b.v[i];
}
inline void store(double* to, const Eight& s) {
  for (int i = 0; i < 8; i++) to[i] = s.v[i];
}
constexpr int ROWS = 1, COLS = 1;
#endif

/** out[R][C] = a[R][k] . b[C][k]. */
template <int R, int C>
void float_dots(float* out, const float* a, const float* b, size_t k, size_t n) {
  Eight sums[R][C];
  for (auto& row : sums)
    for (auto& v : row) v = none();
  size_t p = 0;
  for (; p + 8 <= k; p += 8) {
    UNROLL for (int r = 0; r < R; r++) {
      const Eight left = terms(a + r * k + p);
      UNROLL for (int c = 0; c < C; c++) mac(sums[r][c], left, terms(b + c * k + p));
    }
  }
  double s[R][C][8];
  UNROLL for (int r = 0; r < R; r++)
    UNROLL for (int c = 0; c < C; c++) store(s[r][c], sums[r][c]);
  for (int r = 0; r < R; r++)
    for (int c = 0; c < C; c++) {
      double* const t = s[r][c];
      for (size_t q = p; q < k; q++)
        t[q - p] += static_cast<double>(a[r * k + q]) * static_cast<double>(b[c * k + q]);
      out[r * n + c] =
          static_cast<float>(((t[0] + t[4]) + (t[2] + t[6])) + ((t[1] + t[5]) + (t[3] + t[7])));
    }
}

/** out[m, j0..j1] of a product with n columns. */
void float_columns(float* out, const float* a, const float* b, size_t m, size_t k, size_t n, size_t j0, size_t j1) {
  size_t j = j0;
  for (; j + COLS <= j1; j += COLS) {
    size_t i = 0;
    for (; i + ROWS <= m; i += ROWS) float_dots<ROWS, COLS>(out + i * n + j, a + i * k, b + j * k, k, n);
    for (; i < m; i++) float_dots<1, COLS>(out + i * n + j, a + i * k, b + j * k, k, n);
  }
  for (; j < j1; j++)
    for (size_t i = 0; i < m; i++) float_dots<1, 1>(out + i * n + j, a + i * k, b + j * k, k, n);
}
