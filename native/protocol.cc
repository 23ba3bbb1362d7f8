#include <algorithm>
#include <memory>

#include "call.h"

namespace puma {
namespace {

constexpr size_t LOOKUPS = 512;  // of a table that are done at a time, into the first-level cache
constexpr size_t TASK = 8 * LOOKUPS;

/** A table of cosines over one turn; `pairs`, if not null, has them with their sines. */
struct Circle {
  const i32* table;
  u32 mask;
  const u64* pairs;
};

}  // namespace
}  // namespace puma

#define LOOPS "protocol.loops.h"
#include "each_level.h"

namespace puma {
namespace {

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

/** work(circle, from, count) for all n elements. Pairs cost a pass over the table: for many lookups only. */
template <class Work>
void around(Call& c, Span<i32> table, size_t n, size_t lookups, const Work& work) {
  const u32 mask = static_cast<u32>(table.size - 1);
  std::unique_ptr<u64[]> pairs;
  if (lookups > 2 * table.size) {
    pairs.reset(new u64[table.size]);
    PICK(c.level(), cosine_pairs)(pairs.get(), table.data, mask);
  }
  const Circle circle{table.data, mask, pairs.get()};
  c.threads().run((n + TASK - 1) / TASK, [&](size_t task) {
    const size_t end = std::min((task + 1) * TASK, n);
    for (size_t i = task * TASK; i < end; i += LOOKUPS) work(circle, i, std::min(LOOKUPS, end - i));
  });
}

void cosines(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1);
  const auto loop = PICK(c.level(), cosines);
  const u32 factor = static_cast<u32>(c.integer(3));
  const unsigned harmonics = static_cast<unsigned>(c.integer(4));
  const int g = c.integer(5);
  around(c, c.ints(2), a.size, a.size * harmonics, [&](const Circle& circle, size_t i, size_t n) {
    loop(out.data + i, a.data + i, circle, factor, harmonics, g, a.size, n);
  });
}

void cosine_sum(Call& c) {
  const auto out = c.lanes(0), a = c.lanes(1), dealt = c.lanes(2);
  const auto coef = c.ints(5);
  const auto loop = PICK(c.level(), cosine_sum);
  const u32 factor = static_cast<u32>(c.integer(4));
  around(c, c.ints(3), a.size, a.size * coef.size, [&](const Circle& circle, size_t i, size_t n) {
    loop(out.data + i, a.data + i, dealt.data + i, circle, factor, coef, a.size, n);
  });
}

}  // namespace

const Named protocol_kernels[] = {
    {"truncateFinish", truncate_finish},
    {"gather", gather},
    {"cosines", cosines},
    {"cosineSum", cosine_sum},
    {nullptr, nullptr},
};

}  // namespace puma
