#include <algorithm>

#include "call.h"
#define LOOPS "matmul_float.loops.h"
#include "each_level.h"

namespace puma {
namespace {

void matmul_float(Call& c) {
  const auto out = c.floats(0), a = c.floats(1), b = c.floats(2);
  const size_t m = c.size(3), k = c.size(4), n = c.size(5);
  const auto columns = PICK(c.level(), float_columns);
  const size_t step = std::max<size_t>(64, (n + 255) / 256);
  c.threads().run((n + step - 1) / step, [&](size_t i) {
    columns(out.data, a.data, b.data, m, k, n, i * step, std::min((i + 1) * step, n));
  });
}

}  // namespace

const Named float_kernels[] = {{"matmulFloat", matmul_float}, {nullptr, nullptr}};

}  // namespace puma
