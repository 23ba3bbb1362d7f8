#pragma once
// SIMD levels. Every family has its loops in a file x.loops.h, compiled once per level by each_level.h; PICK chooses.

#if defined(__x86_64__) && defined(__GNUC__)  // GCC and clang
#define PUMA_X86 1
#include <immintrin.h>
#else
#define PUMA_X86 0
#endif

namespace puma {

enum Level { PORTABLE, AVX2, AVX512 };

}  // namespace puma

#if PUMA_X86
#define PICK(level, loop) \
  ((level) == AVX512 ? avx512::loop : (level) == AVX2 ? avx2::loop : portable::loop)
#else
#define PICK(level, loop) (portable::loop)
#endif

// The loop that follows has no dependence between elements: in and out are the same array or apart.
#if defined(__clang__)
#define ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")
#else
#define ELEMENTWISE _Pragma("GCC ivdep")
#endif
