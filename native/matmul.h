#pragma once
// What the loops of matmul share with their caller: shapes and the blocking.
#include "words.h"

namespace puma {

/** out[m, n] = or += or -= a[m, k] b[k, n]; element (i, p) of a lies at i * a_row + p * a_col, likewise of b. */
struct Product {
  u64* out;
  const u64 *a, *b;
  size_t m, k, n;
  size_t a_row, a_col, b_row, b_col;
  size_t out_row;
  int accumulate;
  u64 mask;
};

// Packed products (matmul_packed.loops.h)
constexpr size_t BLOCK_K = 256;  // terms summed before results are merged into out
constexpr size_t BLOCK_M = 256;  // rows of a that are packed together: 512 kB with BLOCK_K
constexpr size_t BLOCK_N = 64;   // columns of b that are packed together

// Products by tiles (matmul_tiles.loops.h): operands of 8 limbs are 1.2 MB and 200 kB, which stay in a core's own cache
constexpr size_t TILED_K = 768;  // terms summed before results are merged into out
constexpr size_t TILED_M = 192;  // rows of a that are packed together

// Skinny products (matmul_skinny.loops.h)
constexpr size_t SKINNY = 16;   // most rows of a
constexpr size_t PANEL = 4096;  // columns whose sums are kept in the cache
constexpr size_t TERMS = 8;     // rows of b that are read side by side

/** A hint; what lies beyond the array does no harm. */
#define PREFETCH(address) __builtin_prefetch(address, 0, 2)

}  // namespace puma
