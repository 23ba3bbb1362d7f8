#pragma once
// Whether this process may use AMX: the CPU has it, the system saves its registers, and grants them.
#include "levels.h"

#if PUMA_X86 && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace puma {

#if PUMA_X86
/**
 * Asks of a CPU that has AVX-512. Linux gives tile registers, 8 kB a thread, to processes that ask for them, and to all
 * their threads; it refuses when a thread's signal stack would be too small. Other systems are not known.
 */
inline bool amx_granted() {
#if defined(__linux__)
  constexpr unsigned TILE = 1u << 24, INT8 = 1u << 25;           // CPUID 7.0, edx
  constexpr unsigned XTILECFG = 1u << 17, XTILEDATA = 1u << 18;  // XCR0
  constexpr long ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (~d & (TILE | INT8))) return false;
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if (~low & (XTILECFG | XTILEDATA)) return false;
  static const bool granted = syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
  return granted;
#else
  return false;
#endif
}
#endif

}  // namespace puma
