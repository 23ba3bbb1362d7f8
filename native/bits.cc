#include "call.h"
#define LOOPS "bits.loops.h"
#include "each_level.h"

namespace puma {
namespace {

void planes(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  PICK(c.level(), planes)(out.data, a.data, a.size, c.integer(2), c.integer(3));
}

void bit_xor(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), b = c.lanes(2);
  PICK(c.level(), xor_words)(out.data, a.data, b.data, out.size);
}

void bit_and(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), b = c.lanes(2);
  PICK(c.level(), and_words)(out.data, a.data, b.data, out.size);
}

void and_xor(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), b = c.lanes(2);
  PICK(c.level(), and_xor_words)(out.data, a.data, b.data, out.size);
}

void bit_not(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  const size_t n = c.size(2);
  for (size_t i = 0; i < out.size; i++) out.data[i] = ~a.data[i];
  if (n % 64) out.data[n / 64] &= low_mask(n % 64);
}

void spread(Call& c) {
  const auto out = c.lanes(0), bits = c.lanes(1);
  PICK(c.level(), spread)(out.data, bits.data, out.size);
}

void blend(Call& c) {
  const auto out = c.lanes(0), bits = c.lanes(1), d = c.lanes(2), e = c.lanes(3);
  PICK(c.level(), blend)(out.data, bits.data, d.data, e.data, out.size);
}

}  // namespace

const Named bits_kernels[] = {
    {"planes", planes}, {"xor", bit_xor},   {"and", bit_and}, {"andXor", and_xor},
    {"not", bit_not},   {"spread", spread}, {"blend", blend}, {nullptr, nullptr},
};

}  // namespace puma
