#pragma once
#include "call.h"

namespace puma {

/**
 * Eight lanes of `bits` bits fill `bits` whole bytes: lane i begins in byte start[i], at its bit shift[i].
 * The byte tables say which of the 64 bytes of eight lanes goes where; keep masks blank what comes from nowhere.
 */
struct Plan {
  unsigned bits;
  u64 mask;
  u64 shift[8], back[8];  // and 64 - shift
  u8 take[64], take9[64];  // unpack: bytes start .. start + 7 of each lane, and byte start + 8
  // pack: the lane that begins last before byte j, the one before it, and a ninth byte
  u8 put[64], put_last[64], put9[64];
  u64 keep, keep_last, keep9;
  explicit Plan(unsigned bits);
};

struct Plain {
  const u64* a;
  u64 lane(size_t i) const { return a[i]; }
};
struct Sum {
  const u64 *a, *b;
  u64 lane(size_t i) const { return a[i] + b[i]; }
};
struct Difference {
  const u64 *a, *b;
  u64 lane(size_t i) const { return a[i] - b[i]; }
};

}  // namespace puma
