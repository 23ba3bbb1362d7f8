// Elementwise ring arithmetic; the compiler vectorises these for each level, but products on ARM.

void add(u64* out, const u64* a, const u64* b, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] = a[i] + b[i];
}

void sub(u64* out, const u64* a, const u64* b, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] = a[i] - b[i];
}

void add_one(u64* out, const u64* a, u64 b, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] = a[i] + b;
}

void shift_right(u64* out, const u64* a, int shift, u64 mask, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] = (a[i] & mask) >> shift;
}

u64 sum(const u64* a, size_t n) {
  u64 total = 0;
  for (size_t i = 0; i < n; i++) total += a[i];
  return total;
}

#if SIMD == 128
#include "ring_neon.loops.h"
#else
void mul(u64* out, const u64* a, const u64* b, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] = a[i] * b[i];
}

void mul_one(u64* out, const u64* a, u64 b, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] = a[i] * b;
}

void cross(u64* out, const u64* mx, const u64* lx, const u64* my, const u64* hy, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] += mx[i] * hy[i] - lx[i] * my[i];
}

void cross_one(u64* out, const u64* mx, const u64* lx, u64 my, u64 hy, size_t n) {
  ELEMENTWISE for (size_t i = 0; i < n; i++) out[i] += mx[i] * hy - lx[i] * my;
}

u64 dot(const u64* a, const u64* b, size_t n) {
  u64 total = 0;
  for (size_t i = 0; i < n; i++) total += a[i] * b[i];
  return total;
}

u64 cross_sum(const u64* mx, const u64* lx, const u64* my, const u64* hy, size_t n) {
  u64 total = 0;
  for (size_t i = 0; i < n; i++) total += mx[i] * hy[i] - lx[i] * my[i];
  return total;
}
#endif
