#include "matmul.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "call.h"
#include "matmul_tiles.h"
#define LOOPS "matmul.loops.h"
#include "each_level.h"

namespace puma {
namespace {

struct Shape {
  size_t batch, m, k, n;
  unsigned bits;
  int accumulate;
  bool transpose_a, transpose_b, share_b;
};

/** dims: batch, m, k, n, bits, accumulate, transposeA, transposeB, shareB (src/kernels/native.ts). */
Shape shape_of(Span<double> dims) {
  const auto at = [&](size_t i) { return static_cast<size_t>(dims.data[i]); };
  if (dims.size != 9) throw std::invalid_argument("matmul takes nine numbers");
  return {at(0),
          at(1),
          at(2),
          at(3),
          static_cast<unsigned>(at(4)),
          static_cast<int>(dims.data[5]),
          dims.data[6] != 0,
          dims.data[7] != 0,
          dims.data[8] != 0};
}

/** Rows of a contiguous, as inner products want them. */
void straighten(Product& x, std::vector<u64>& room) {
  room.resize(x.m * x.k);
  for (size_t i = 0; i < x.m; i++)
    for (size_t p = 0; p < x.k; p++) room[i * x.k + p] = x.a[i * x.a_row + p * x.a_col];
  x.a = room.data();
  x.a_row = x.k;
  x.a_col = 1;
}

void multiply_one(Level level, Product x, unsigned bits);

/** Few columns: out^T = b^T a^T has few rows. */
void multiply_flipped(Level level, const Product& x, unsigned bits) {
  std::vector<u64> turned(x.n * x.m);
  Product y = x;
  y.out = turned.data();
  y.out_row = x.m;
  y.accumulate = 0;
  std::swap(y.m, y.n);
  y.a = x.b, y.a_row = x.b_col, y.a_col = x.b_row;
  y.b = x.a, y.b_row = x.a_col, y.b_col = x.a_row;
  multiply_one(level, y, bits);
  for (size_t i = 0; i < x.m; i++)
    for (size_t j = 0; j < x.n; j++) {
      u64& to = x.out[i * x.out_row + j];
      const u64 v = turned[j * x.m + i];
      to = (x.accumulate == 0 ? v : x.accumulate > 0 ? to + v : to - v) & x.mask;
    }
}

void multiply_one(Level level, Product x, unsigned bits) {
  if (x.k == 0) {
    for (size_t i = 0; i < x.m; i++)
      for (size_t j = 0; j < x.n; j++) x.out[i * x.out_row + j] &= x.accumulate == 0 ? 0 : x.mask;
    return;
  }
  if (x.m > SKINNY && x.n <= SKINNY / 2) return multiply_flipped(level, x, bits);
#if PUMA_AMX
  if ((level == AMX || level == AMX_MODEL) && suits_tiles(x)) return multiply_tiles(level == AMX, x, bits);
#endif
  std::vector<u64> room;
  std::unique_ptr<u64[]> scratch;
  if (x.m > SKINNY) {
    scratch.reset(new u64[(BLOCK_N + std::min(x.m + 8, BLOCK_M)) * std::min(x.k, BLOCK_K)]);
  } else if (x.b_col == 1) {
    scratch.reset(new u64[x.m * (std::min(x.n, PANEL) + 8)]);
  } else if (x.a_col != 1) {
    straighten(x, room);
  }
  PICK(level, multiply)(x, bits, scratch.get());
}

/** Part `index` of `parts` of the rows or columns of a product, whichever are more, in multiples of a tile. */
Product part_of(Product x, size_t index, size_t parts) {
  const bool by_rows = x.m > x.n;
  const size_t size = by_rows ? x.m : x.n;
  const size_t step = (size + parts * 32 - 1) / (parts * 32) * 32;
  const size_t from = std::min(index * step, size), count = std::min(step, size - from);
  if (by_rows) {
    x.m = count, x.a += from * x.a_row, x.out += from * x.out_row;
  } else {
    x.n = count, x.b += from * x.b_col, x.out += from;
  }
  return x;
}

void matmul(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), b = c.lanes(2);
  Shape s = shape_of(c.doubles(3));
  if (s.share_b && !s.transpose_a) s.m *= s.batch, s.batch = 1;  // one tall product
  if (out.size == 0) return;

  const auto product = [&](size_t i) {
    Product x{};
    x.out = out.data + i * s.m * s.n;
    x.a = a.data + i * s.m * s.k;
    x.b = b.data + (s.share_b ? 0 : i * s.k * s.n);
    x.m = s.m, x.k = s.k, x.n = s.n;
    x.a_row = s.transpose_a ? 1 : s.k, x.a_col = s.transpose_a ? s.m : 1;
    x.b_row = s.transpose_b ? 1 : s.n, x.b_col = s.transpose_b ? s.k : 1;
    x.out_row = s.n;
    x.accumulate = s.accumulate;
    x.mask = low_mask(s.bits);
    return x;
  };
  const size_t threads = static_cast<size_t>(c.threads().size());
  const bool large = static_cast<double>(s.m) * s.k * s.n * s.batch > 1e6;
  const size_t parts = threads == 1 || !large ? 1 : (threads + s.batch - 1) / s.batch;
  const auto task = [&](size_t i) { multiply_one(c.level(), part_of(product(i / parts), i % parts, parts), s.bits); };
  if (large) return c.threads().run(s.batch * parts, task);
  for (size_t i = 0; i < s.batch; i++) task(i);
}

}  // namespace

const Named matmul_kernels[] = {{"matmul", matmul}, {nullptr, nullptr}};

}  // namespace puma
