// Products by AMX tiles against the definition, on a machine without an operating system (amx.sh). Prints to the serial
// port a line per number of bits, then PASS or FAIL; then switches the machine off.
#include <cpuid.h>

#include <new>

#include "../../native/matmul_tiles.h"

using namespace puma;

extern "C" {

extern char heap[];  // free memory begins here

void* memset(void* to, int value, size_t n) {
  auto* at = static_cast<volatile u8*>(to);
  while (n--) *at++ = static_cast<u8>(value);
  return to;
}

void* memcpy(void* to, const void* from, size_t n) {
  auto* at = static_cast<volatile u8*>(to);
  for (auto* byte = static_cast<const u8*>(from); n--;) *at++ = *byte++;
  return to;
}
}

namespace {

char* free_from = heap;

void out(u16 port, u8 value) { __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port)); }

u8 in(u16 port) {
  u8 value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

void print(const char* text) {
  for (; *text; text++) {
    while (!(in(0x3fd) & 0x20)) {
    }
    out(0x3f8, static_cast<u8>(*text));
  }
}

void print(u64 number) {
  char text[24] = "";
  char* at = text + sizeof text - 1;
  do *--at = static_cast<char>('0' + number % 10);
  while (number /= 10);
  print(at);
}

u64 random() {
  static u64 state = 1;
  u64 v = state += 0x9e3779b97f4a7c15;
  v = (v ^ v >> 30) * 0xbf58476d1ce4e5b9;
  v = (v ^ v >> 27) * 0x94d049bb133111eb;
  return v ^ v >> 31;
}

struct Size {
  size_t m, k, n;
  bool ones;  // all bits of all operands: the largest sums
};

constexpr Size SIZES[] = {
    {32, 64, 32, false}, {33, 100, 70, false}, {61, 830, 45, false}, {200, 65, 33, false}, {17, 1600, 17, true}};
constexpr unsigned BITS[] = {1, 8, 9, 16, 23, 32, 33, 40, 44, 52, 56, 57, 63, 64};

/** Elements that are wrong. */
u64 wrong(const Size& s, unsigned bits, int accumulate, bool transpose_a, bool transpose_b) {
  free_from = heap;
  u64 *a = new u64[s.m * s.k], *b = new u64[s.k * s.n], *got = new u64[s.m * s.n], *want = new u64[s.m * s.n];
  for (size_t i = 0; i < s.m * s.k; i++) a[i] = s.ones ? ~u64{0} : random();
  for (size_t i = 0; i < s.k * s.n; i++) b[i] = s.ones ? ~u64{0} : random();
  Product x{};
  x.out = got, x.a = a, x.b = b;
  x.m = s.m, x.k = s.k, x.n = s.n;
  x.a_row = transpose_a ? 1 : s.k, x.a_col = transpose_a ? s.m : 1;
  x.b_row = transpose_b ? 1 : s.n, x.b_col = transpose_b ? s.k : 1;
  x.out_row = s.n;
  x.accumulate = accumulate;
  x.mask = low_mask(bits);
  for (size_t i = 0; i < s.m; i++)
    for (size_t j = 0; j < s.n; j++) {
      const u64 before = random();
      u64 sum = 0;
      for (size_t p = 0; p < s.k; p++) sum += a[i * x.a_row + p * x.a_col] * b[p * x.b_row + j * x.b_col];
      got[i * s.n + j] = before;
      want[i * s.n + j] = (accumulate == 0 ? sum : accumulate > 0 ? before + sum : before - sum) & x.mask;
    }
  multiply_tiles(true, x, bits);
  u64 count = 0;
  for (size_t i = 0; i < s.m * s.n; i++) count += got[i] != want[i];
  return count;
}

}  // namespace

void* operator new[](size_t n) {
  char* const at = free_from;
  free_from += (n + 63) / 64 * 64;
  return at;
}
void operator delete[](void*) noexcept {}
void operator delete[](void*, size_t) noexcept {}

extern "C" void test() {
  out(0x3fb, 0x80), out(0x3f8, 1), out(0x3f9, 0), out(0x3fb, 3);  // 115200 baud, 8 bits
  unsigned a, b, c, d, low, high;
  __cpuid_count(7, 0, a, b, c, d);
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  print("amx_tile "), print(u64{d >> 24 & 1}), print(", amx_int8 "), print(u64{d >> 25 & 1});
  print(", XCR0 "), print(u64{low}), print("\n");

  u64 products = 0, failures = 0;
  for (const unsigned bits : BITS) {
    u64 bad = 0;
    for (const Size& size : SIZES)
      for (int flags = 0; flags < 4; flags++, products++)
        bad += wrong(size, bits, static_cast<int>(products % 3) - 1, flags & 1, flags & 2) != 0;
    print(u64{bits}), print(" bits: "), print(bad ? "FAIL\n" : "pass\n");
    failures += bad;
  }
  print(failures ? "FAIL: " : "PASS: "), print(products), print(" products, "), print(failures), print(" wrong\n");
  while (!(in(0x3fd) & 0x40)) {
  }
  for (const char* text = "Shutdown"; *text; text++) out(0x8900, static_cast<u8>(*text));
}
