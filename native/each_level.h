// Compiles the file LOOPS once per SIMD level: in namespace portable, avx2 and avx512, with SIMD defined as 0, 2, 512;
// on ARM in namespace portable and neon, with SIMD defined as 0 and 128.
// Target options hold between the pragmas only, so that nothing leaks into code that runs on any CPU; that is why
// headers are included before, and LOOPS itself includes none.
#include "levels.h"

namespace puma::portable {
namespace {
#define SIMD 0
#include LOOPS
#undef SIMD
}  // namespace
}  // namespace puma::portable

#if PUMA_X86

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi,bmi2")
#endif
namespace puma::avx2 {
namespace {
#define SIMD 2
#include LOOPS
#undef SIMD
}  // namespace
}  // namespace puma::avx2
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#if defined(__clang__)
#pragma clang attribute push(                                                                          \
    __attribute__((target("avx2,fma,bmi,bmi2,avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,avx512vbmi"))), \
    apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target( \
    "avx2,fma,bmi,bmi2,avx512f,avx512dq,avx512bw,avx512vl,avx512ifma,avx512vbmi,prefer-vector-width=512")
#endif
namespace puma::avx512 {
namespace {
#define SIMD 512
#include LOOPS
#undef SIMD
}  // namespace
}  // namespace puma::avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif  // PUMA_X86

#if PUMA_NEON
namespace puma::neon {
namespace {
#define SIMD 128
#include LOOPS
#undef SIMD
}  // namespace
}  // namespace puma::neon
#endif
