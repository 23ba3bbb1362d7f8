// Matrix products modulo 2^(8 limbs) of unsigned bytes:
//
//   sum of a b = sum over s < limbs of 2^(8 s) (sum over i + j = s and all terms of a_i b_j)      (mod 2^(8 limbs))
//
// for a = sum of a_i 2^(8 i), b likewise: limbs (limbs + 1) / 2 products of bytes each. For each s tiles hold sums of
// at most 8 TILED_K products of two bytes, which are below 2^32: they are exact.
static_assert(8 * TILED_K * 255 * 255 <= 0xffffffff, "sums of a block do not overflow");

/** The instructions; see TileModel. */
struct TileHardware {
  TileHardware() { _tile_loadconfig(&TILE_CONFIG); }
  ~TileHardware() { _tile_release(); }  // or every switch of threads would save the tiles
  void clear() {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  void multiply_add(const u8* left, const u8* right) {
    _tile_loadd(4, left, 64);
    _tile_loadd(6, right, 64);
    _tile_loadd(7, right + PAIR / 2, 64);
    _tile_dpbuud(0, 4, 6);
    _tile_dpbuud(1, 4, 7);
    _tile_loadd(5, left + PAIR / 2, 64);
    _tile_dpbuud(2, 5, 6);
    _tile_dpbuud(3, 5, 7);
  }
  void store(u32* sums) const {
    _tile_stored(0, sums, SIDE * sizeof *sums);
    _tile_stored(1, sums + TILE, SIDE * sizeof *sums);
    _tile_stored(2, sums + TILE * SIDE, SIDE * sizeof *sums);
    _tile_stored(3, sums + TILE * SIDE + TILE, SIDE * sizeof *sums);
  }
};

#include "matmul_tiles_pack.loops.h"

/** Brings rows of words near, some lines in each of many steps, while tiles are busy with what was packed before. */
class Ahead {
 public:
  Ahead(const u64* from, size_t row_step, size_t rows, size_t words, size_t steps)
      : row_(from), row_step_(row_step), rows_(rows), end_(words + 7), lines_(rows * (end_ / 8 + 1) / steps + 1) {}
  void step() {
    for (size_t i = 0; i < lines_ && rows_; i++) {
      PREFETCH(row_ + word_);
      word_ += 8;
      if (word_ >= end_) word_ = 0, row_ += row_step_, rows_--;
    }
  }

 private:
  const u64* row_;
  size_t row_step_, rows_, end_, lines_, word_ = 0;  // rows need not begin where lines do: 7 words more
};

/** sums[limbs][SIDE][SIDE] of a block of rows by a block of columns; operands are planes, limb after limb. */
template <class Tiles>
__attribute__((noinline)) void multiply_block(Tiles& tiles, u32* sums, const u8* a, const u8* b, size_t limbs,
                                              size_t steps, Ahead& next) {
  Ahead ahead = next;  // in registers
  const size_t plane = steps * PAIR;
  __asm__ volatile("" ::: "memory");  // GCC does not know that tile loads read memory: what was packed is there now
  for (size_t s = 0; s < limbs; s++) {
    tiles.clear();
    for (size_t i = 0; i <= s; i++)
      for (size_t q = 0; q < steps; q++) {
        tiles.multiply_add(a + i * plane + q * PAIR, b + (s - i) * plane + q * PAIR);
        ahead.step();
      }
    tiles.store(sums + s * SIDE * SIDE);
  }
  next = ahead;
}

/** The lanes of a vector from `at` on that are below `count`. */
inline __mmask8 some_lanes(size_t count, size_t at) {
  return static_cast<__mmask8>(at >= count ? 0 : count - at >= 8 ? 0xff : (1 << (count - at)) - 1);
}

/** Adds up the sums of a block, and merges them into out[rows][cols] from row i and column j on. */
inline void merge_block(const Product& x, size_t i, size_t j, const u32* sums, size_t limbs, size_t rows, size_t cols,
                        bool fresh) {
  const auto mask = _mm512_set1_epi64(static_cast<i64>(x.mask));
  for (size_t r = 0; r < rows; r++, sums += SIDE) {
    __m512i v[SIDE / 8] = {};
    for (size_t s = limbs; s-- > 0;)  // Horner's rule
      UNROLL for (size_t c = 0; c < SIDE / 8; c++) {
        const auto* from = reinterpret_cast<const __m256i*>(sums + s * SIDE * SIDE + c * 8);
        v[c] = _mm512_add_epi64(_mm512_slli_epi64(v[c], 8), _mm512_cvtepu32_epi64(_mm256_load_si256(from)));
      }
    u64* to = x.out + (i + r) * x.out_row + j;
    UNROLL for (size_t c = 0; c < SIDE / 8; c++) {
      const __mmask8 lanes = some_lanes(cols, c * 8);
      if (!fresh) {
        const auto old = _mm512_maskz_loadu_epi64(lanes, to + c * 8);
        v[c] = x.accumulate < 0 ? _mm512_sub_epi64(old, v[c]) : _mm512_add_epi64(old, v[c]);
      }
      _mm512_mask_storeu_epi64(to + c * 8, lanes, _mm512_and_si512(v[c], mask));
    }
  }
}

/** Packed rows, packed columns and sums: each of whole tiles, all aligned to 64 bytes. */
struct Room {
  u8 *rows, *cols;
  u32* sums;
};

/** The block of b from column j on, to be fetched in so many steps. */
inline Ahead next_columns(const Product& x, size_t p, size_t terms, size_t j, size_t steps) {
  const size_t cols = j >= x.n ? 0 : x.n - j < SIDE ? x.n - j : SIDE;
  const u64* from = x.b + p * x.b_row + (cols ? j * x.b_col : 0);
  return x.b_col == 1 ? Ahead(from, x.b_row, cols ? terms : 0, cols, steps) : Ahead(from, x.b_col, cols, terms, steps);
}

template <class Tiles>
void multiply_tiled(const Product& x, size_t limbs, const Room& room) {
  Tiles tiles;
  for (size_t i0 = 0; i0 < x.m; i0 += TILED_M) {
    const size_t rows = x.m - i0 < TILED_M ? x.m - i0 : TILED_M;
    for (size_t p0 = 0; p0 < x.k; p0 += TILED_K) {
      const size_t count = x.k - p0 < TILED_K ? x.k - p0 : TILED_K;
      const size_t steps = (count + TERMS_PER_TILE - 1) / TERMS_PER_TILE, block = limbs * steps * PAIR;
      for (size_t i = 0; i < rows; i += SIDE) {
        const u64* from = x.a + (i0 + i) * x.a_row + p0 * x.a_col;
        pack_rows(room.rows + i / SIDE * block, limbs, steps, from, x.a_row, x.a_col, rows - i, count);
      }
      for (size_t j = 0; j < x.n; j += SIDE) {
        pack_columns(room.cols, limbs, steps, x.b + j * x.b_col + p0 * x.b_row, x.b_row, x.b_col, x.n - j, count);
        const size_t busy = limbs * (limbs + 1) / 2 * steps * ((rows + SIDE - 1) / SIDE);
        Ahead ahead = next_columns(x, p0, count, j + SIDE, busy);
        for (size_t i = 0; i < rows; i += SIDE) {
          multiply_block(tiles, room.sums, room.rows + i / SIDE * block, room.cols, limbs, steps, ahead);
          const size_t m = rows - i < SIDE ? rows - i : SIDE, n = x.n - j < SIDE ? x.n - j : SIDE;
          merge_block(x, i0 + i, j, room.sums, limbs, m, n, p0 == 0 && x.accumulate == 0);
        }
      }
    }
  }
}
