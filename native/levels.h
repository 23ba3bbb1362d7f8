#pragma once
// SIMD levels. Every family has its loops in a file x.loops.h, compiled once per level by each_level.h; PICK chooses.

#if defined(__x86_64__) && defined(__GNUC__)  // GCC and clang
#define PUMA_X86 1
#include <immintrin.h>
#else
#define PUMA_X86 0
#endif
#if PUMA_X86 && (__has_include(<amxint8intrin.h>) || __has_include(<amxintrin.h>))  // GCC from 11, clang from 12
#define PUMA_AMX 1
#else
#define PUMA_AMX 0
#endif

#if defined(__aarch64__) && defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PUMA_NEON 1  // part of every 64-bit ARM
#include <arm_neon.h>
#else
#define PUMA_NEON 0
#endif

namespace puma {

/** AMX is AVX-512 with tiles for large matrix products; AMX_MODEL is that with tiles in plain C++, for tests. */
enum Level { PORTABLE, AVX2, AVX512, AMX, AMX_MODEL, NEON };

}  // namespace puma

#if PUMA_X86
#define PICK(level, loop) \
  ((level) >= AVX512 ? avx512::loop : (level) == AVX2 ? avx2::loop : portable::loop)
#elif PUMA_NEON
#define PICK(level, loop) ((level) == NEON ? neon::loop : portable::loop)
#else
#define PICK(level, loop) (static_cast<void>(level), portable::loop)
#endif

// Of the loop that follows: ELEMENTWISE, elements do not depend on one another (out is an input, or apart from it);
// UNROLL, all of it, so that small arrays become registers; NO_UNROLL, so that nothing is hoisted and then spilled.
#if defined(__clang__)
#define ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")
#define UNROLL _Pragma("clang loop unroll(full)")
#define NO_UNROLL _Pragma("clang loop unroll(disable)")
#else
#define ELEMENTWISE _Pragma("GCC ivdep")
#define UNROLL _Pragma("GCC unroll 16")
#define NO_UNROLL _Pragma("GCC unroll 1")
#endif
