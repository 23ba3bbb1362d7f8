#include "pack.h"

#include <cstring>
#define LOOPS "pack.loops.h"
#include "each_level.h"

namespace puma {

Plan::Plan(unsigned k) : bits(k), mask(low_mask(k)), keep(0), keep_last(0), keep9(0) {
  u8 start[8];
  for (unsigned i = 0; i < 8; i++) {
    start[i] = static_cast<u8>(i * bits / 8);
    shift[i] = i * bits % 8;
    back[i] = 64 - shift[i];
    for (unsigned b = 0; b < 8; b++) take[8 * i + b] = (start[i] + b) & 63, take9[8 * i + b] = (start[i] + 8) & 63;
  }
  for (unsigned j = 0; j < 64; j++) {
    put[j] = put_last[j] = put9[j] = 0;
    for (unsigned i = 0; i < 8; i++) {
      const unsigned byte = j - start[i], end = static_cast<unsigned>(shift[i] + bits + 7) / 8;
      if (j < start[i] || byte >= end) continue;
      if (byte == 8) {
        put9[j] = static_cast<u8>(8 * i), keep9 |= u64{1} << j;
      } else if (keep >> j & 1) {  // lane i - 1 ends in this byte too
        put_last[j] = static_cast<u8>(8 * i + byte), keep_last |= u64{1} << j;
      } else {
        put[j] = static_cast<u8>(8 * i + byte), keep |= u64{1} << j;
      }
    }
  }
}

namespace {

template <class S>
void pack(Call& c, Span<u8> out, const S& s, size_t n, unsigned bits) {
  const Plan plan(bits);
  PICK(c.level(), pack<S>)(out.data, s, n, out.size, plan);
}

void pack_plain(Call& c) {
  const auto a = c.lanes(1);
  pack(c, c.bytes(0), Plain{a.data}, a.size, c.integer(2));
}

void pack_add(Call& c) {
  const auto a = c.lanes(1), b = c.lanes(2);
  pack(c, c.bytes(0), Sum{a.data, b.data}, a.size, c.integer(3));
}

void pack_sub(Call& c) {
  const auto a = c.lanes(1), b = c.lanes(2);
  pack(c, c.bytes(0), Difference{a.data, b.data}, a.size, c.integer(3));
}

void unpack(Call& c) {
  const auto out = c.lanes(0);
  const auto bytes = c.bytes(1);
  const Plan plan(c.integer(2));
  PICK(c.level(), unpack<false>)(out.data, bytes.data, nullptr, out.size, bytes.size, plan);
}

void unpack_add(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(2);
  const auto bytes = c.bytes(1);
  const Plan plan(c.integer(3));
  PICK(c.level(), unpack<true>)(out.data, bytes.data, a.data, out.size, bytes.size, plan);
}

}  // namespace

const Named pack_kernels[] = {
    {"pack", pack_plain},   {"packAdd", pack_add},     {"packSub", pack_sub},
    {"unpack", unpack},     {"unpackAdd", unpack_add}, {nullptr, nullptr},
};

}  // namespace puma
