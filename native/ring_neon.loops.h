// Ring products on ARM; the formulas are in ring.loops.h.
#include "four_neon.loops.h"

/** The sum of f over n lanes. */
template <class F>
u64 total(size_t n, const F& f) {
  Four sums = four(0);
  size_t i = 0;
  for (; i + 4 <= n; i += 4) sums = sums + f([i](const u64* x) { return load4(x + i); });
  u64 sum = vaddvq_u64(vaddq_u64(sums.v, sums.w));
  for (; i < n; i++) sum += f([i](const u64* x) { return x[i]; });
  return sum;
}

void mul(u64* out, const u64* a, const u64* b, size_t n) {
  each(out, n, [=](auto at, auto) { return at(a) * at(b); });
}

void mul_one(u64* out, const u64* a, u64 b, size_t n) {
  each(out, n, [=](auto at, auto all) { return at(a) * all(b); });
}

void cross(u64* out, const u64* mx, const u64* lx, const u64* my, const u64* hy, size_t n) {
  each(out, n, [=](auto at, auto) { return at(out) + at(mx) * at(hy) - at(lx) * at(my); });
}

void cross_one(u64* out, const u64* mx, const u64* lx, u64 my, u64 hy, size_t n) {
  each(out, n, [=](auto at, auto all) { return at(out) + at(mx) * all(hy) - at(lx) * all(my); });
}

u64 dot(const u64* a, const u64* b, size_t n) {
  return total(n, [=](auto at) { return at(a) * at(b); });
}

u64 cross_sum(const u64* mx, const u64* lx, const u64* my, const u64* hy, size_t n) {
  return total(n, [=](auto at) { return at(mx) * at(hy) - at(lx) * at(my); });
}
