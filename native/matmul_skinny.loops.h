// Few rows of a: b is read once, and as it lies.

/** sums[R][C vectors] += the transpose of a[terms][R], times b[terms][C vectors]; the sums stay in registers. */
template <class V, int R, int C>
void add_rows_at(u64* sums, size_t step, const u64* a, const u64* b, size_t b_row, size_t terms) {
  typename V::Acc acc[R][C];
  UNROLL for (int r = 0; r < R; r++)
    UNROLL for (int c = 0; c < C; c++) acc[r][c] = V::from(V::load(sums + r * step + c * V::W));
  NO_UNROLL for (size_t p = 0; p < terms; p++, a += R, b += b_row) {
    typename V::Vec right[C];
    UNROLL for (int c = 0; c < C; c++) {
      right[c] = V::load(b + c * V::W);
      PREFETCH(b + c * V::W + 256);
    }
    UNROLL for (int r = 0; r < R; r++) {
      const auto left = V::splat(a[r]);
      UNROLL for (int c = 0; c < C; c++) V::mac(acc[r][c], left, right[c]);
    }
  }
  UNROLL for (int r = 0; r < R; r++)
    UNROLL for (int c = 0; c < C; c++) V::store(sums + r * step + c * V::W, acc[r][c]);
}

/** sums[R][n] += a[R][terms] b[terms][n] from row i, term p and column j on, for a few terms. */
template <class V, int R>
void add_rows(u64* sums, size_t step, const Product& x, size_t i, size_t p, size_t j, size_t n) {
  constexpr size_t C = V::SKINNY_COLS;
  const size_t terms = x.k - p < TERMS ? x.k - p : TERMS;
  const u64 *a = x.a + i * x.a_row + p * x.a_col, *b = x.b + p * x.b_row + j;
  u64 turned[TERMS * R];
  for (size_t q = 0; q < terms; q++)
    for (size_t r = 0; r < R; r++) turned[q * R + r] = a[r * x.a_row + q * x.a_col];
  size_t c = 0;
  for (; c + C * V::W <= n; c += C * V::W) add_rows_at<V, R, C>(sums + c, step, turned, b + c, x.b_row, terms);
  for (; c + V::W <= n; c += V::W) add_rows_at<V, R, 1>(sums + c, step, turned, b + c, x.b_row, terms);
  for (; c < n; c++)
    for (int r = 0; r < R; r++)
      for (size_t q = 0; q < terms; q++) sums[r * step + c] += turned[q * R + r] * b[q * x.b_row + c];
}

/**
 * b is [k, n]: a few of its rows at a time are added to sums that stay in the cache over all of k. Rows of sums are
 * 8 further apart than they are long: at a power of two they, and rows of b, would compete for places in the cache.
 */
template <class V>
void multiply_rows(const Product& x, u64* sums) {
  constexpr size_t R = V::SKINNY_ROWS;
  const size_t step = (x.n < PANEL ? x.n : PANEL) + 8;
  for (size_t j = 0; j < x.n; j += PANEL) {
    const size_t n = x.n - j < PANEL ? x.n - j : PANEL;
    for (size_t i = 0; i < x.m; i++) std::memset(sums + i * step, 0, n * sizeof *sums);
    for (size_t p = 0; p < x.k; p += TERMS) {
      size_t i = 0;
      for (; i + R <= x.m; i += R) add_rows<V, R>(sums + i * step, step, x, i, p, j, n);
      for (; i + 4 <= x.m; i += 4) add_rows<V, 4>(sums + i * step, step, x, i, p, j, n);
      for (; i < x.m; i++) add_rows<V, 1>(sums + i * step, step, x, i, p, j, n);
    }
    for (size_t i = 0; i < x.m; i++) merge(x, i, j, sums + i * step, n, x.accumulate == 0);
  }
}

/** sums[R][C] of rows of a and columns of b from (i, j) on, terms p .. p + k. */
template <class V, int R, int C>
void add_dots(u64* sums, const Product& x, size_t i, size_t j, size_t p, size_t k) {
  const u64 *a = x.a + i * x.a_row + p, *b = x.b + j * x.b_col + p;
  typename V::Acc acc[R][C];
  for (auto& row : acc)
    for (auto& v : row) v = V::zero();
  size_t q = 0;
  for (; q + V::W <= k; q += V::W) {
    typename V::Vec right[C];
    UNROLL for (int c = 0; c < C; c++) {
      right[c] = V::load(b + c * x.b_col + q);
      PREFETCH(b + c * x.b_col + q + 256);
    }
    UNROLL for (int r = 0; r < R; r++) {
      const auto left = V::load(a + r * x.a_row + q);
      UNROLL for (int c = 0; c < C; c++) V::mac(acc[r][c], left, right[c]);
    }
  }
  for (int r = 0; r < R; r++)
    for (int c = 0; c < C; c++) {
      u64 sum = V::total(acc[r][c]);
      for (size_t t = q; t < k; t++) sum += a[r * x.a_row + t] * b[c * x.b_col + t];
      sums[r * C + c] += sum;
    }
}

/** C columns of out; in pieces of k, so that all rows of a meet a piece of b while it is in the nearest cache. */
template <class V, int C>
void multiply_columns(const Product& x, size_t j) {
  constexpr size_t R = V::DOT_ROWS, PIECE = 512;
  u64 sums[SKINNY * C] = {};
  for (size_t p = 0; p < x.k; p += PIECE) {
    const size_t k = x.k - p < PIECE ? x.k - p : PIECE;
    size_t i = 0;
    for (; i + R <= x.m; i += R) add_dots<V, R, C>(sums + i * C, x, i, j, p, k);
    for (; i < x.m; i++) add_dots<V, 1, C>(sums + i * C, x, i, j, p, k);
  }
  for (size_t i = 0; i < x.m; i++) merge(x, i, j, sums + i * C, C, x.accumulate == 0);
}

/** b is [n, k]: inner products of rows. Rows of a are contiguous here. */
template <class V>
void multiply_dots(const Product& x) {
  size_t j = 0;
  for (; x.m < V::DOT_ROWS && j + 4 <= x.n; j += 4) multiply_columns<V, 4>(x, j);
  for (; j + V::DOT_COLS <= x.n; j += V::DOT_COLS) multiply_columns<V, V::DOT_COLS>(x, j);
  for (; j < x.n; j++) multiply_columns<V, 1>(x, j);
}
