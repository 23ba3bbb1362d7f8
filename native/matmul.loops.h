// Matrix products modulo 2^64. A way of multiplying is a struct: vectors of W lanes, and an accumulator of their products.
//   Full   any number of bits          Ifma   up to 52 bits: the CPU looks at the low 52 bits of operands only
//   Small  up to 32 bits, in 32-bit lanes
// Tiles of ROWS x COLS vectors live in registers; operands are packed in the order in which a tile reads them.

#if SIMD == 512

struct Full {
  using Word = u64;
  using Vec = __m512i;
  using Acc = __m512i;
  static constexpr int W = 8, ROWS = 8, COLS = 2;
  static constexpr int SKINNY_ROWS = 8, DOT_ROWS = 4, DOT_COLS = 4;
  static Vec load(const u64* p) { return _mm512_loadu_si512(p); }
  static Vec splat(u64 v) { return _mm512_set1_epi64(static_cast<i64>(v)); }
  static Acc zero() { return _mm512_setzero_si512(); }
  static Acc from(Vec v) { return v; }
  static void mac(Acc& acc, Vec a, Vec b) { acc = _mm512_add_epi64(acc, _mm512_mullo_epi64(a, b)); }
  static void store(u64* p, Acc acc) { _mm512_storeu_si512(p, acc); }
  static u64 total(Acc acc) { return static_cast<u64>(_mm512_reduce_add_epi64(acc)); }
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
  static constexpr int SKINNY_ROWS = 4, DOT_ROWS = 4, DOT_COLS = 1;
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

#else

struct Full {
  using Word = u64;
  using Vec = u64;
  using Acc = u64;
  static constexpr int W = 1, ROWS = 2, COLS = 4;
  static constexpr int SKINNY_ROWS = 4, DOT_ROWS = 2, DOT_COLS = 2;
  static Vec load(const u64* p) { return *p; }
  static Vec splat(u64 v) { return v; }
  static Acc zero() { return 0; }
  static Acc from(Vec v) { return v; }
  static void mac(Acc& acc, Vec a, Vec b) { acc += a * b; }
  static void store(u64* p, Acc acc) { *p = acc; }
  static u64 total(Acc acc) { return acc; }
};

#endif

// ---- packed: large products

/** Eight terms of eight rows, which lie `step` apart, to eight columns, `to_step` apart. */
#if SIMD == 512
inline void put8(u64* to, __m512i v) { _mm512_storeu_si512(to, v); }
inline void put8(u32* to, __m512i v) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_maskz_cvtepi64_epi32(0xff, v));
}

template <class Word>
void turn8(Word* to, size_t to_step, const u64* from, size_t step) {
  __m512i a[8], b[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) a[i] = _mm512_loadu_si512(from + i * step);
#pragma GCC unroll 8
  for (int i = 0; i < 8; i += 2) {  // pairs of lanes
    b[i] = _mm512_maskz_unpacklo_epi64(0xff, a[i], a[i + 1]);
    b[i + 1] = _mm512_maskz_unpackhi_epi64(0xff, a[i], a[i + 1]);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) {  // quarters: even ones of both, odd ones of both
    const int x = i / 4 * 4 + i % 2, y = x + 2;
    a[i] = i % 4 < 2 ? _mm512_maskz_shuffle_i64x2(0xff, b[x], b[y], 0x88)
                     : _mm512_maskz_shuffle_i64x2(0xff, b[x], b[y], 0xdd);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 4; i++) {
    put8(to + i * to_step, _mm512_maskz_shuffle_i64x2(0xff, a[i], a[i + 4], 0x88));
    put8(to + (i + 4) * to_step, _mm512_maskz_shuffle_i64x2(0xff, a[i], a[i + 4], 0xdd));
  }
}
#else
template <class Word>
void turn8(Word* to, size_t to_step, const u64* from, size_t step) {
  for (int p = 0; p < 8; p++)
    for (int i = 0; i < 8; i++) to[p * to_step + i] = static_cast<Word>(from[i * step + p]);
}
#endif

/**
 * to[p][N] for p < count: lane i of it is from[i * lane_step + p * term_step], or zero from `lanes` on. This is the order
 * in which a tile reads its operands.
 */
template <class Word, size_t N>
void pack_panel(Word* to, const u64* from, size_t lane_step, size_t term_step, size_t lanes, size_t count) {
  if (lane_step == 1 && lanes == N) {
    for (size_t p = 0; p < count; p++)
      for (size_t i = 0; i < N; i++) to[p * N + i] = static_cast<Word>(from[p * term_step + i]);
    return;
  }
  size_t p = 0;
  if (term_step == 1 && lanes == N && N % 8 == 0)
    for (; p + 8 <= count; p += 8)
      for (size_t i = 0; i < N; i += 8) turn8(to + p * N + i, N, from + i * lane_step + p, lane_step);
  for (; p < count; p++)
    for (size_t i = 0; i < N; i++)
      to[p * N + i] = i < lanes ? static_cast<Word>(from[i * lane_step + p * term_step]) : 0;
}

/** tile[ROWS][W * COLS] = sum over p of a's column by b's row. */
template <class V>
void multiply_tile(typename V::Word* tile, const typename V::Word* a, const typename V::Word* b, size_t count) {
  typename V::Acc acc[V::ROWS][V::COLS];
  for (auto& row : acc)
    for (auto& v : row) v = V::zero();
  for (size_t p = 0; p < count; p++, a += V::ROWS, b += V::W * V::COLS) {
    typename V::Vec right[V::COLS];
#pragma GCC unroll 8
    for (int c = 0; c < V::COLS; c++) right[c] = V::load(b + c * V::W);
#pragma GCC unroll 8
    for (int r = 0; r < V::ROWS; r++) {
      const auto left = V::splat(a[r]);
#pragma GCC unroll 8
      for (int c = 0; c < V::COLS; c++) V::mac(acc[r][c], left, right[c]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < V::ROWS; r++)
#pragma GCC unroll 8
    for (int c = 0; c < V::COLS; c++) V::store(tile + (r * V::COLS + c) * V::W, acc[r][c]);
}

template <class V>
void merge_tile(const Product& x, const typename V::Word* tile, size_t i0, size_t j0, bool fresh) {
  constexpr size_t N = V::W * V::COLS;
  const size_t rows = x.m - i0 < V::ROWS ? x.m - i0 : V::ROWS, cols = x.n - j0 < N ? x.n - j0 : N;
  for (size_t r = 0; r < rows; r++, tile += N) {
    u64* to = x.out + (i0 + r) * x.out_row + j0;
    if (fresh)
      for (size_t j = 0; j < cols; j++) to[j] = tile[j] & x.mask;
    else if (x.accumulate < 0)
      for (size_t j = 0; j < cols; j++) to[j] = (to[j] - tile[j]) & x.mask;
    else
      for (size_t j = 0; j < cols; j++) to[j] = (to[j] + tile[j]) & x.mask;
  }
}

/** scratch: room for BLOCK_N columns of b, then BLOCK_M rows of a, BLOCK_K terms of each. */
template <class V>
void multiply_packed(const Product& x, typename V::Word* scratch) {
  using Word = typename V::Word;
  constexpr size_t N = V::W * V::COLS, M = V::ROWS;
  Word *const panels = scratch, *const block = scratch + BLOCK_N * BLOCK_K;
  alignas(64) Word tile[M * N];
  for (size_t i0 = 0; i0 < x.m; i0 += BLOCK_M) {
    const size_t rows = x.m - i0 < BLOCK_M ? x.m - i0 : BLOCK_M;
    for (size_t p0 = 0; p0 < x.k; p0 += BLOCK_K) {
      const size_t count = x.k - p0 < BLOCK_K ? x.k - p0 : BLOCK_K;
      for (size_t i = 0; i < rows; i += M)
        pack_panel<Word, M>(block + i * count, x.a + (i0 + i) * x.a_row + p0 * x.a_col, x.a_row, x.a_col,
                            rows - i < M ? rows - i : M, count);
      for (size_t j0 = 0; j0 < x.n; j0 += BLOCK_N) {
        const size_t cols = x.n - j0 < BLOCK_N ? x.n - j0 : BLOCK_N;
        for (size_t j = 0; j < cols; j += N)
          pack_panel<Word, N>(panels + j * count, x.b + (j0 + j) * x.b_col + p0 * x.b_row, x.b_col, x.b_row,
                              cols - j < N ? cols - j : N, count);
        for (size_t j = 0; j < cols; j += N)
          for (size_t i = 0; i < rows; i += M) {
            multiply_tile<V>(tile, block + i * count, panels + j * count, count);
            merge_tile<V>(x, tile, i0 + i, j0 + j, p0 == 0 && x.accumulate == 0);
          }
      }
    }
  }
}

// ---- skinny: few rows of a, b read once and as it lies. Here a is [m, k], contiguous, with the sign already in it.

/** out[R rows][n] += a[R][P] b[P][n]: rows of b side by side, the sums stay in out. */
template <class V, int R, int P>
void add_rows(u64* out, size_t out_row, const u64* a, size_t a_row, const u64* b, size_t b_row, size_t n) {
  size_t j = 0;
  for (; j + V::W <= n; j += V::W) {
    typename V::Acc acc[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) acc[r] = V::from(V::load(out + r * out_row + j));
#pragma GCC unroll 8
    for (int p = 0; p < P; p++) {
      const auto right = V::load(b + p * b_row + j);
      PREFETCH(b + (P + p) * b_row + j);  // of the next P rows
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) V::mac(acc[r], V::splat(a[r * a_row + p]), right);
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) V::store(out + r * out_row + j, acc[r]);
  }
  for (; j < n; j++)
    for (int r = 0; r < R; r++)
      for (int p = 0; p < P; p++) out[r * out_row + j] += a[r * a_row + p] * b[p * b_row + j];
}

template <class V, int P>
void add_rows_of(size_t m, u64* out, size_t out_row, const u64* a, size_t a_row, const u64* b, size_t b_row, size_t n) {
  constexpr size_t R = V::SKINNY_ROWS;
  for (; m >= R; m -= R, out += R * out_row, a += R * a_row) add_rows<V, R, P>(out, out_row, a, a_row, b, b_row, n);
  for (; m >= 2; m -= 2, out += 2 * out_row, a += 2 * a_row) add_rows<V, 2, P>(out, out_row, a, a_row, b, b_row, n);
  if (m == 1) add_rows<V, 1, P>(out, out_row, a, a_row, b, b_row, n);
}

/** out[R][C] += a[R][k] . b[C][k]. */
template <class V, int R, int C>
void add_dots(u64* out, size_t out_row, const u64* a, size_t a_row, const u64* b, size_t b_row, size_t k) {
  typename V::Acc acc[R][C];
  for (auto& row : acc)
    for (auto& v : row) v = V::zero();
  size_t p = 0;
  for (; p + V::W <= k; p += V::W) {
    typename V::Vec right[C];
#pragma GCC unroll 8
    for (int c = 0; c < C; c++) {
      right[c] = V::load(b + c * b_row + p);
      PREFETCH(b + c * b_row + p + 128);
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      const auto left = V::load(a + r * a_row + p);
#pragma GCC unroll 8
      for (int c = 0; c < C; c++) V::mac(acc[r][c], left, right[c]);
    }
  }
  for (int r = 0; r < R; r++)
    for (int c = 0; c < C; c++) {
      u64 sum = V::total(acc[r][c]);
      for (size_t q = p; q < k; q++) sum += a[r * a_row + q] * b[c * b_row + q];
      out[r * out_row + c] += sum;
    }
}

template <class V, int C>
void add_dots_of(size_t m, u64* out, size_t out_row, const u64* a, size_t a_row, const u64* b, size_t b_row, size_t k) {
  constexpr size_t R = V::DOT_ROWS;
  for (; m >= R; m -= R, out += R * out_row, a += R * a_row) add_dots<V, R, C>(out, out_row, a, a_row, b, b_row, k);
  for (; m >= 1; m -= 1, out += out_row, a += a_row) add_dots<V, 1, C>(out, out_row, a, a_row, b, b_row, k);
}

template <class V>
void multiply_skinny(const Product& x) {
  for (size_t r = 0; r < x.m; r++)
    for (size_t j = 0; j < x.n && x.accumulate == 0; j++) x.out[r * x.out_row + j] = 0;
  if (x.b_col == 1) {
    constexpr size_t PANEL = 4096;  // of out's columns: their sums stay in the cache over all of k
    for (size_t j = 0; j < x.n; j += PANEL) {
      const size_t n = x.n - j < PANEL ? x.n - j : PANEL;
      size_t p = 0;
      for (; p + 8 <= x.k; p += 8)
        add_rows_of<V, 8>(x.m, x.out + j, x.out_row, x.a + p, x.a_row, x.b + p * x.b_row + j, x.b_row, n);
      for (; p < x.k; p++)
        add_rows_of<V, 1>(x.m, x.out + j, x.out_row, x.a + p, x.a_row, x.b + p * x.b_row + j, x.b_row, n);
    }
  } else {
    size_t j = 0;
    constexpr size_t C = V::DOT_COLS;
    for (; j + C <= x.n; j += C)
      add_dots_of<V, C>(x.m, x.out + j, x.out_row, x.a, x.a_row, x.b + j * x.b_col, x.b_col, x.k);
    for (; j < x.n; j++) add_dots_of<V, 1>(x.m, x.out + j, x.out_row, x.a, x.a_row, x.b + j * x.b_col, x.b_col, x.k);
  }
  for (size_t r = 0; r < x.m; r++)
    for (size_t j = 0; j < x.n && x.mask != ~u64{0}; j++) x.out[r * x.out_row + j] &= x.mask;
}

// ---- the choice

void multiply(const Product& x, unsigned bits, u64* scratch) {
#if SIMD == 512
  if (x.m <= SKINNY) return bits <= 52 ? multiply_skinny<Ifma>(x) : multiply_skinny<Full>(x);
  if (bits <= 32) return multiply_packed<Small>(x, reinterpret_cast<u32*>(scratch));
  if (bits <= 52) return multiply_packed<Ifma>(x, scratch);
#else
  if (x.m <= SKINNY) return multiply_skinny<Full>(x);
#endif
#if SIMD == 2
  if (bits <= 32) return multiply_packed<Small>(x, reinterpret_cast<u32*>(scratch));
#endif
  (void)bits;
  multiply_packed<Full>(x, scratch);
}
