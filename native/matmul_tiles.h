#pragma once
// Large products by AMX: operands are split into bytes, which tiles multiply (matmul_tiles.loops.h).
#include "levels.h"
#include "matmul.h"

#if PUMA_AMX
namespace puma {

/** More than a few rows and columns, and sizes of which whole tiles are at least half filled. */
bool suits_tiles(const Product& x);

/** By the CPU's instructions, or (not hardware) by a model of them. */
void multiply_tiles(bool hardware, const Product& x, unsigned bits);

}  // namespace puma
#endif
