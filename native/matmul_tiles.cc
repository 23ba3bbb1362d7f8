#include "matmul_tiles.h"

#if PUMA_AMX
#include <algorithm>
#include <memory>

#include "tiles.h"

// One level, twice: with the instructions and with their model. See each_level.h for the pragmas.
#if defined(__clang__)
#pragma clang attribute push(                                                                                 \
    __attribute__((target(                                                                                    \
        "avx2,fma,bmi,bmi2,avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,avx512vbmi,amx-tile,amx-int8"))), \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target(                                                                              \
    "avx2,fma,bmi,bmi2,avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,avx512vbmi,amx-tile,amx-int8," \
    "prefer-vector-width=512")
#endif
namespace puma::amx {
namespace {
#define SIMD 512
#include "matmul_vectors.loops.h"
#include "matmul_tiles.loops.h"
#undef SIMD
}  // namespace
}  // namespace puma::amx
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

namespace puma {
namespace {

constexpr size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

}  // namespace

bool suits_tiles(const Product& x) {
  const size_t whole = round_up(x.m, SIDE) * round_up(x.n, SIDE) * round_up(x.k, TERMS_PER_TILE);
  return x.m > SKINNY && x.n > SKINNY && 2 * x.m * x.n * x.k >= whole;
}

void multiply_tiles(bool hardware, const Product& x, unsigned bits) {
  const size_t limbs = (bits + 7) / 8;
  const size_t terms = round_up(std::min(x.k, TILED_K), TERMS_PER_TILE);
  const size_t a = round_up(std::min(x.m, TILED_M), SIDE) * terms * limbs, b = SIDE * terms * limbs;
  const size_t sums = limbs * SIDE * SIDE * sizeof(u32);
  const std::unique_ptr<u8[]> memory(new u8[a + b + sums + 64]);
  u8* const room = memory.get() + (64 - reinterpret_cast<uintptr_t>(memory.get()) % 64);
  const amx::Room parts{room, room + a, reinterpret_cast<u32*>(room + a + b)};
  if (hardware)
    amx::multiply_tiled<amx::TileHardware>(x, limbs, parts);
  else
    amx::multiply_tiled<TileModel>(x, limbs, parts);
}

}  // namespace puma
#endif
