// Matrix products modulo 2^64.
#include "matmul_vectors.loops.h"

/** Row i of out from column j on: += sums, -= sums, or = sums when `fresh`; reduced. */
template <class Word>
void merge(const Product& x, size_t i, size_t j, const Word* sums, size_t n, bool fresh) {
  u64* to = x.out + i * x.out_row + j;
  if (fresh)
    for (size_t c = 0; c < n; c++) to[c] = sums[c] & x.mask;
  else if (x.accumulate < 0)
    for (size_t c = 0; c < n; c++) to[c] = (to[c] - sums[c]) & x.mask;
  else
    for (size_t c = 0; c < n; c++) to[c] = (to[c] + sums[c]) & x.mask;
}

#include "matmul_packed.loops.h"
#include "matmul_skinny.loops.h"

template <class V>
void multiply_with(const Product& x, u64* scratch) {
  if (x.m > SKINNY) return multiply_packed<V>(x, scratch);
  if (x.b_col == 1) return multiply_rows<V>(x, scratch);
  return multiply_dots<V>(x);
}

void multiply(const Product& x, unsigned bits, u64* scratch) {
#if SIMD >= 2
  if (bits <= 32 && x.m > SKINNY) return multiply_packed<Small>(x, reinterpret_cast<u32*>(scratch));
#endif
#if SIMD == 128
  if (bits <= 48 && x.m > SKINNY) return multiply_packed<Middle>(x, scratch);
#endif
#if SIMD == 512
  if (bits <= 52) return multiply_with<Ifma>(x, scratch);
#endif
  (void)bits;
  multiply_with<Full>(x, scratch);
}
