#include <algorithm>

#include "call.h"
#define LOOPS "protocol.loops.h"
#include "each_level.h"

namespace puma {
namespace {

constexpr size_t TASK = 4096;  // elements; their sums stay in the first-level cache

void truncate_finish(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), g = c.lanes(2), mine = c.lanes(3), theirs = c.lanes(4);
  const auto shift = c.lanes(5);
  PICK(c.level(), truncate_finish)
  (out.data, a.data, g.data, mine.data, theirs.data, shift.data, shift.size != 1, c.integer(6), c.flag(7), out.size);
}

void gather(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), table = c.lanes(2);
  PICK(c.level(), gather)(out.data, a.data, table.data, table.size - 1, c.integer(3), out.size);
}

void cosines(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  const auto table = c.ints(2);
  const auto loop = PICK(c.level(), cosines);
  const u32 mask = static_cast<u32>(table.size - 1), factor = static_cast<u32>(c.integer(3));
  const unsigned harmonics = static_cast<unsigned>(c.integer(4));
  const int g = c.integer(5);
  const size_t n = a.size;
  c.threads().run((n + TASK - 1) / TASK, [&](size_t i) {
    loop(out.data, a.data, table.data, mask, factor, harmonics, g, n, i * TASK, std::min((i + 1) * TASK, n));
  });
}

void cosine_sum(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), dealt = c.lanes(2);
  const auto table = c.ints(3), coef = c.ints(5);
  const auto loop = PICK(c.level(), cosine_sum);
  const u32 mask = static_cast<u32>(table.size - 1), factor = static_cast<u32>(c.integer(4));
  const size_t n = a.size;
  c.threads().run((n + TASK - 1) / TASK, [&](size_t i) {
    loop(out.data, a.data, dealt.data, table.data, mask, factor, coef.data, static_cast<unsigned>(coef.size), n,
         i * TASK, std::min((i + 1) * TASK, n));
  });
}

}  // namespace

const Named protocol_kernels[] = {
    {"truncateFinish", truncate_finish}, {"gather", gather}, {"cosines", cosines}, {"cosineSum", cosine_sum},
    {nullptr, nullptr},
};

}  // namespace puma
