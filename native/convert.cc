#include <algorithm>
#include <cmath>
#include <cstring>

#include "call.h"
#define LOOPS "convert.loops.h"
#include "each_level.h"

namespace puma {
namespace {

constexpr size_t BLOCK = 2048;

/** Checks a block, then converts it; index of the first element that does not fit, or -1. */
template <class T>
double to_fixed(Level level, Span<u64> out, const T* x, double unit, double limit) {
  for (size_t i = 0; i < out.size; i += BLOCK) {
    const size_t n = std::min(BLOCK, out.size - i);
    if (!PICK(level, fits<T>)(x + i, unit, limit, n))
      for (size_t j = i;; j++)
        if (!PICK(level, fits<T>)(x + j, unit, limit, 1)) return static_cast<double>(j);
    PICK(level, to_fixed<T>)(out.data + i, x + i, unit, n);
  }
  return -1;
}

void fixed(Call& c) {
  const auto out = c.lanes(0);
  const double unit = std::ldexp(1.0, c.integer(2)), limit = std::ldexp(1.0, c.integer(3) - 2);
  c.give(c.is_floats(1) ? to_fixed(c.level(), out, c.floats(1).data, unit, limit)
                        : to_fixed(c.level(), out, c.doubles(1).data, unit, limit));
}

void to_float(Call& c) {
  const auto out = c.doubles(0);
  const auto a = c.lanes(1);
  PICK(c.level(), to_float)(out.data, a.data, c.integer(2), std::ldexp(1.0, -c.integer(3)), out.size);
}

void half_to_float(Call& c) {
  const auto out = c.floats(0);
  PICK(c.level(), half_to_float)(reinterpret_cast<u32*>(out.data), c.halves(1).data, out.size);
}

void bfloat_to_float(Call& c) {
  const auto out = c.floats(0);
  PICK(c.level(), bfloat_to_float)(reinterpret_cast<u32*>(out.data), c.halves(1).data, out.size);
}

}  // namespace

const Named convert_kernels[] = {
    {"toFixed", fixed}, {"toFloat", to_float}, {"halfToFloat", half_to_float}, {"bfloatToFloat", bfloat_to_float},
    {nullptr, nullptr},
};

}  // namespace puma
