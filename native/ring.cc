#include <algorithm>
#include <cstring>

#include "call.h"
#define LOOPS "ring.loops.h"
#include "each_level.h"

namespace puma {
namespace {

/** Element i meets b[i / inner mod length]: many(i, j, count) of runs along b, one(i, j, count) of runs under one b. */
template <class Many, class One>
void broadcast(size_t n, size_t length, size_t inner, Many many, One one) {
  if (inner == 1 && length > 1) {
    for (size_t i = 0; i < n; i += length) many(i, 0, std::min(length, n - i));
  } else if (length == 1) {
    if (n > 0) one(0, 0, n);
  } else {
    for (size_t i = 0, j = 0; i < n; i += inner, j = j + 1 == length ? 0 : j + 1) one(i, j, std::min(inner, n - i));
  }
}

void add(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), b = c.lanes(2);
  const auto many = PICK(c.level(), add);
  const auto one = PICK(c.level(), add_one);
  broadcast(
      out.size, b.size, c.size(3),
      [&](size_t i, size_t j, size_t n) { many(out.data + i, a.data + i, b.data + j, n); },
      [&](size_t i, size_t j, size_t n) { one(out.data + i, a.data + i, b.data[j], n); });
}

void sub(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), b = c.lanes(2);
  const auto many = PICK(c.level(), sub);
  const auto one = PICK(c.level(), add_one);
  broadcast(
      out.size, b.size, c.size(3),
      [&](size_t i, size_t j, size_t n) { many(out.data + i, a.data + i, b.data + j, n); },
      [&](size_t i, size_t j, size_t n) { one(out.data + i, a.data + i, 0 - b.data[j], n); });
}

void mul(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), b = c.lanes(2);
  const auto many = PICK(c.level(), mul);
  const auto one = PICK(c.level(), mul_one);
  broadcast(
      out.size, b.size, c.size(3),
      [&](size_t i, size_t j, size_t n) { many(out.data + i, a.data + i, b.data + j, n); },
      [&](size_t i, size_t j, size_t n) { one(out.data + i, a.data + i, b.data[j], n); });
}

void cross(Call& c) {
  const auto out = c.lanes(0), mx = c.lanes(1), lx = c.lanes(2), my = c.lanes(3), hy = c.lanes(4);
  const auto many = PICK(c.level(), cross);
  const auto one = PICK(c.level(), cross_one);
  broadcast(
      out.size, my.size, c.size(5),
      [&](size_t i, size_t j, size_t n) { many(out.data + i, mx.data + i, lx.data + i, my.data + j, hy.data + j, n); },
      [&](size_t i, size_t j, size_t n) { one(out.data + i, mx.data + i, lx.data + i, my.data[j], hy.data[j], n); });
}

void neg(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  PICK(c.level(), mul_one)(out.data, a.data, ~u64{0}, out.size);
}

void add_const(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  PICK(c.level(), add_one)(out.data, a.data, c.bigint(2), out.size);
}

void scale(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  PICK(c.level(), mul_one)(out.data, a.data, c.bigint(2), out.size);
}

void shift_right(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  PICK(c.level(), shift_right)(out.data, a.data, c.integer(2), low_mask(c.integer(3)), out.size);
}

void reduce(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  PICK(c.level(), shift_right)(out.data, a.data, 0, low_mask(c.integer(2)), out.size);
}

void row_sum(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  const auto sum = PICK(c.level(), sum);
  const size_t cols = c.size(2);
  for (size_t r = 0; r < out.size; r++) out.data[r] = sum(a.data + r * cols, cols);
}

void cross_row_sum(Call& c) {
  const auto out = c.lanes(0), mx = c.lanes(1), lx = c.lanes(2), my = c.lanes(3), hy = c.lanes(4);
  const auto cross_sum = PICK(c.level(), cross_sum);
  const size_t cols = c.size(5);
  for (size_t r = 0; r < out.size; r++) {
    const size_t i = r * cols, j = my.size ? i % my.size : 0;
    out.data[r] += cross_sum(mx.data + i, lx.data + i, my.data + j, hy.data + j, cols);
  }
}

void dot_rows(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), b = c.lanes(2);
  const auto dot = PICK(c.level(), dot);
  const size_t cols = c.size(3);
  for (size_t r = 0; r < out.size; r++) out.data[r] = dot(a.data + r * cols, b.data + r * cols, cols);
}

/** out[i, j] = a[i step_i + j step_j] in tiles, so that neither side touches a cache line more often than it must. */
void plane(u64* out, const u64* a, size_t rows, size_t cols, size_t row_step, size_t col_step) {
  if (col_step == 1) {
    for (size_t i = 0; i < rows; i++) std::memcpy(out + i * cols, a + i * row_step, cols * sizeof *out);
    return;
  }
  constexpr size_t TILE = 32;
  for (size_t i0 = 0; i0 < rows; i0 += TILE)
    for (size_t j0 = 0; j0 < cols; j0 += TILE)
      for (size_t i = i0; i < std::min(i0 + TILE, rows); i++)
        for (size_t j = j0; j < std::min(j0 + TILE, cols); j++) out[i * cols + j] = a[i * row_step + j * col_step];
}

/** permute(out, a, [dims..., perm...]); axes missing in front have length 1. */
void permute(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  const auto order = c.doubles(2);
  const size_t axes = order.size / 2;
  if (out.size == 0) return;
  size_t stride[4], size[4] = {1, 1, 1, 1}, step[4] = {};
  for (size_t axis = axes, s = 1; axis-- > 0; s *= static_cast<size_t>(order.data[axis])) stride[axis] = s;
  for (size_t j = 0; j < axes; j++) {
    const auto axis = static_cast<size_t>(order.data[axes + j]);
    size[4 - axes + j] = static_cast<size_t>(order.data[axis]);
    step[4 - axes + j] = stride[axis];
  }
  u64* to = out.data;
  for (size_t i = 0; i < size[0]; i++)
    for (size_t j = 0; j < size[1]; j++, to += size[2] * size[3])
      plane(to, a.data + i * step[0] + j * step[1], size[2], size[3], step[2], step[3]);
}

/** copyRuns(out, a, [to, from, count]...) */
void copy_runs(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  const auto runs = c.ints(2);
  for (size_t i = 0; i + 2 < runs.size; i += 3) {
    const i32* run = runs.data + i;
    std::memcpy(out.data + run[0], a.data + run[1], static_cast<size_t>(run[2]) * sizeof *out.data);
  }
}

}  // namespace

const Named ring_kernels[] = {
    {"add", add},          {"sub", sub},         {"mul", mul},
    {"neg", neg},          {"addConst", add_const}, {"scale", scale},
    {"shiftRight", shift_right}, {"reduce", reduce}, {"cross", cross},
    {"rowSum", row_sum},   {"crossRowSum", cross_row_sum}, {"dotRows", dot_rows},
    {"permute", permute},  {"copyRuns", copy_runs}, {nullptr, nullptr},
};

}  // namespace puma
