// Large products: operands are copied in the order in which a tile reads them.

/**
 * to[p][N] for p < count: lane i of it is from[i * lane_step + p * term_step], or zero from `lanes` on. This is the
 * order in which a tile reads its operands.
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
#if SIMD == 128
    V::step(acc, a, b);
#else
    typename V::Vec right[V::COLS];
    UNROLL for (int c = 0; c < V::COLS; c++) right[c] = V::load(b + c * V::W);
    UNROLL for (int r = 0; r < V::ROWS; r++) {
      const auto left = V::splat(a[r]);
      UNROLL for (int c = 0; c < V::COLS; c++) V::mac(acc[r][c], left, right[c]);
    }
#endif
  }
  UNROLL for (int r = 0; r < V::ROWS; r++)
    UNROLL for (int c = 0; c < V::COLS; c++) V::store(tile + (r * V::COLS + c) * V::W, acc[r][c]);
}

/** scratch: room for BLOCK_N columns of b, then BLOCK_M rows of a, BLOCK_K terms of each. */
template <class V>
void multiply_packed(const Product& x, typename V::Word* scratch) {
  using Word = typename V::Word;
  constexpr size_t N = V::W * V::COLS, M = V::ROWS;
  Word *const panels = scratch, *const block = scratch + BLOCK_N * (x.k < BLOCK_K ? x.k : BLOCK_K);
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
#if SIMD == 128
        V::arrange(panels, count * ((cols + N - 1) / N));
#endif
        for (size_t j = 0; j < cols; j += N)
          for (size_t i = 0; i < rows; i += M) {
            multiply_tile<V>(tile, block + i * count, panels + j * count, count);
            const size_t m = rows - i < M ? rows - i : M, n = cols - j < N ? cols - j : N;
            for (size_t r = 0; r < m; r++)
              merge(x, i0 + i + r, j0 + j, tile + r * N, n, p0 == 0 && x.accumulate == 0);
          }
      }
    }
  }
}
