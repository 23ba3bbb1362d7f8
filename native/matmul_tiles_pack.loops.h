// Operands of tiles: planes of bytes, one per limb, in the order of tiles.h; zeros beyond the edges.

/** Of eight words, byte l of all of them in lane l. */
inline __m512i by_limb(__m512i words) {
  const auto order = _mm512_set_epi64(
      0x3f372f271f170f07, 0x3e362e261e160e06, 0x3d352d251d150d05, 0x3c342c241c140c04, 0x3b332b231b130b03,
      0x3a322a221a120a02, 0x3931292119110901, 0x3830282018100800);
  return _mm512_permutexvar_epi8(order, words);
}

/** A copy of [rows, cols] from a matrix, in rows that are `to_step` apart, on zeros. */
inline void copy_edge(u64 (&to)[8 * TERMS_PER_TILE], size_t to_step, const u64* from, size_t row_step, size_t col_step,
                      size_t rows, size_t cols) {
  for (u64& word : to) word = 0;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < cols; c++) to[r * to_step + c] = from[r * row_step + c * col_step];
}

/** Byte q of to[l * plane] is limb l of from[q], for 64 terms. */
inline void split_row(u8* to, size_t plane, size_t limbs, const u64* from) {
  __m512i v[8];
  UNROLL for (size_t i = 0; i < 8; i++) v[i] = by_limb(_mm512_loadu_si512(from + i * 8));
  turn_lanes(v);
  UNROLL for (size_t l = 0; l < 8; l++)
    if (l < limbs) _mm512_store_si512(to + l * plane, v[l]);
}

/** A block of SIDE rows, of which the first `rows` are there; either step is 1. */
__attribute__((noinline)) void pack_rows(u8* to, size_t limbs, size_t steps, const u64* a, size_t row_step,
                                         size_t col_step, size_t rows, size_t count) {
  const size_t plane = steps * PAIR;
  u64 copy[8 * TERMS_PER_TILE];
  for (size_t q = 0; q < steps * TERMS_PER_TILE; q += TERMS_PER_TILE)
    for (size_t r = 0; r < SIDE; r += 8, to += 8 * TERMS_PER_TILE) {
      const u64* from = a + r * row_step + q * col_step;
      size_t step = TERMS_PER_TILE;
      if (r + 8 > rows || q + TERMS_PER_TILE > count) {
        const size_t some = r >= rows ? 0 : rows - r < 8 ? rows - r : 8;
        copy_edge(copy, step, from, row_step, col_step, some, count - q < step ? count - q : step);
        from = copy;
      } else if (col_step != 1) {
        for (size_t p = 0; p < TERMS_PER_TILE; p += 8) turn8(copy + p, step, from + p * col_step, col_step);
        from = copy;
      } else {
        step = row_step;
      }
      for (size_t i = 0; i < 8; i++) split_row(to + i * TERMS_PER_TILE, plane, limbs, from + i * step);
    }
}

/** Word j of v[i] becomes word i of v[j]. */
inline void turn_words(__m512i (&v)[16]) {
  __m512i w[16];
  UNROLL for (int i = 0; i < 16; i += 2) {
    w[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
    w[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
  }
  UNROLL for (int i = 0; i < 16; i += 4) {  // quarter q of v[i + e]: word 4q + e of four
    v[i] = _mm512_unpacklo_epi64(w[i], w[i + 2]);
    v[i + 1] = _mm512_unpackhi_epi64(w[i], w[i + 2]);
    v[i + 2] = _mm512_unpacklo_epi64(w[i + 1], w[i + 3]);
    v[i + 3] = _mm512_unpackhi_epi64(w[i + 1], w[i + 3]);
  }
  UNROLL for (int e = 0; e < 4; e++) {
    const auto even = _mm512_shuffle_i32x4(v[e], v[4 + e], 0x88), odd = _mm512_shuffle_i32x4(v[e], v[4 + e], 0xdd);
    const auto even2 = _mm512_shuffle_i32x4(v[8 + e], v[12 + e], 0x88);
    const auto odd2 = _mm512_shuffle_i32x4(v[8 + e], v[12 + e], 0xdd);
    w[e] = _mm512_shuffle_i32x4(even, even2, 0x88);
    w[4 + e] = _mm512_shuffle_i32x4(odd, odd2, 0x88);
    w[8 + e] = _mm512_shuffle_i32x4(even, even2, 0xdd);
    w[12 + e] = _mm512_shuffle_i32x4(odd, odd2, 0xdd);
  }
  UNROLL for (int i = 0; i < 16; i++) v[i] = w[i];
}

/** Two rows of a tile, of eight terms; a column's terms lie one after the other. */
inline void split_columns(u8* to, size_t plane, size_t limbs, const u64* b, size_t col_step) {
  __m512i v[16];
  UNROLL for (size_t c = 0; c < 16; c++) v[c] = by_limb(_mm512_loadu_si512(b + c * col_step));
  turn_words(v);
  UNROLL for (size_t l = 0; l < 8; l++)
    if (l < limbs) {
      _mm512_store_si512(to + l * plane, v[2 * l]);
      _mm512_store_si512(to + l * plane + 64, v[2 * l + 1]);
    }
}

/** A row of a tile, of four terms; columns lie one beside the other. */
inline void split_terms(u8* to, size_t plane, size_t limbs, const u64* b, size_t row_step) {
  const auto even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0), odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
  __m512i half[2][2][2];  // limbs 0..3 or 4..7, of eight columns, of which even or odd ones: four terms of each
  UNROLL for (size_t g = 0; g < 2; g++) {
    __m512i t[4];
    UNROLL for (size_t q = 0; q < 4; q++) t[q] = _mm512_loadu_si512(b + q * row_step + g * 8);
    const auto even01 = _mm512_unpacklo_epi8(t[0], t[1]), even23 = _mm512_unpacklo_epi8(t[2], t[3]);
    const auto odd01 = _mm512_unpackhi_epi8(t[0], t[1]), odd23 = _mm512_unpackhi_epi8(t[2], t[3]);
    half[0][g][0] = _mm512_unpacklo_epi16(even01, even23), half[1][g][0] = _mm512_unpackhi_epi16(even01, even23);
    half[0][g][1] = _mm512_unpacklo_epi16(odd01, odd23), half[1][g][1] = _mm512_unpackhi_epi16(odd01, odd23);
  }
  UNROLL for (size_t l = 0; l < 8; l += 2) {
    if (l >= limbs) break;
    __m512i pair[2];  // limb l of two columns, then limb l + 1 of both
    UNROLL for (size_t g = 0; g < 2; g++) {
      const auto one = half[l / 4][g][0], other = half[l / 4][g][1];
      pair[g] = l % 4 == 0 ? _mm512_unpacklo_epi32(one, other) : _mm512_unpackhi_epi32(one, other);
    }
    _mm512_store_si512(to + l * plane, _mm512_permutex2var_epi64(pair[0], even, pair[1]));
    if (l + 1 < limbs) _mm512_store_si512(to + (l + 1) * plane, _mm512_permutex2var_epi64(pair[0], odd, pair[1]));
  }
}

/** A block of SIDE columns, of which the first `cols` are there; either step is 1. */
__attribute__((noinline)) void pack_columns(u8* to, size_t limbs, size_t steps, const u64* b, size_t row_step,
                                            size_t col_step, size_t cols, size_t count) {
  const size_t plane = steps * PAIR, group = col_step == 1 ? 4 : 8;
  u64 copy[8 * TERMS_PER_TILE];
  for (size_t p = 0; p < steps * TERMS_PER_TILE; p += group)
    for (size_t c = 0; c < SIDE; c += TILE) {
      u8* at = to + p / TERMS_PER_TILE * PAIR + c / TILE * (PAIR / 2) + p % TERMS_PER_TILE / 4 * 64;
      const u64* from = b + p * row_step + c * col_step;
      size_t step = group == 4 ? row_step : col_step;
      if (c + TILE > cols || p + group > count) {
        const size_t some = c >= cols ? 0 : cols - c < TILE ? cols - c : TILE;
        const size_t terms = p >= count ? 0 : count - p < group ? count - p : group;
        if (group == 4)
          copy_edge(copy, step = TILE, from, row_step, 1, terms, some);
        else
          copy_edge(copy, step = group, from, col_step, 1, some, terms);
        from = copy;
      }
      if (group == 4)
        split_terms(at, plane, limbs, from, step);
      else
        split_columns(at, plane, limbs, from, step);
    }
}
