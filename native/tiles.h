#pragma once
// AMX: eight registers, "tiles", of up to 16 rows of 64 bytes, as 2 x 2 blocks of a product use them.
//
//   tiles 0..3   sums [2][2] of 16 x 16 words of 32 bits
//   tiles 4, 5   left operand: two blocks of 16 rows of 64 terms, which are bytes
//   tiles 6, 7   right operand: two blocks of 16 columns of 64 terms; row r holds terms 4r .. 4r + 3 of every column
#include <cstring>

#include "words.h"

namespace puma {

constexpr size_t TILE = 16;                         // rows and columns of a tile of sums
constexpr size_t SIDE = 2 * TILE;                   // and of a block of them
constexpr size_t TERMS_PER_TILE = 64;               // of an operand
constexpr size_t PAIR = 2 * TILE * TERMS_PER_TILE;  // bytes of an operand's two tiles, which lie one after the other

/** What LDTILECFG reads. */
struct TileConfig {
  u8 palette = 1, start_row = 0, reserved[14] = {};
  u16 row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  u8 rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64, "the layout of the CPU");

alignas(64) constexpr TileConfig TILE_CONFIG{};

/** The instructions in plain C++, as Intel's manual defines them; where the CPU refuses (#UD, #GP) it traps. */
class TileModel {
 public:
  TileModel() { loadconfig(TILE_CONFIG); }

  void clear() {
    for (int t = 0; t < 4; t++) zero(t);
  }
  void multiply_add(const u8* left, const u8* right) {
    load(4, left, 64), load(5, left + PAIR / 2, 64);
    load(6, right, 64), load(7, right + PAIR / 2, 64);
    dpbuud(0, 4, 6), dpbuud(1, 4, 7), dpbuud(2, 5, 6), dpbuud(3, 5, 7);
  }
  void store(u32* sums) const {
    for (int t = 0; t < 4; t++) stored(t, sums + t / 2 * TILE * SIDE + t % 2 * TILE, SIDE * sizeof *sums);
  }

 private:
  static void need(bool allowed) {
    if (!allowed) __builtin_trap();
  }

  void loadconfig(const TileConfig& c) {
    need(c.palette == 1 && c.start_row == 0);
    for (int t = 0; t < 16; t++) {
      need(t < 8 ? c.rows[t] <= 16 && c.row_bytes[t] <= 64 : c.rows[t] == 0 && c.row_bytes[t] == 0);
      need((c.rows[t] == 0) == (c.row_bytes[t] == 0));
    }
    config_ = c;
    std::memset(bytes_, 0, sizeof bytes_);
  }

  void zero(int t) {
    need(config_.rows[t] != 0);
    std::memset(bytes_[t], 0, sizeof bytes_[t]);
  }

  void load(int t, const void* base, size_t stride) {
    zero(t);  // rows and columns that are not configured
    for (int r = 0; r < config_.rows[t]; r++)
      std::memcpy(bytes_[t][r], static_cast<const u8*>(base) + r * stride, config_.row_bytes[t]);
  }

  void stored(int t, void* base, size_t stride) const {
    need(config_.rows[t] != 0);
    for (int r = 0; r < config_.rows[t]; r++)
      std::memcpy(static_cast<u8*>(base) + r * stride, bytes_[t][r], config_.row_bytes[t]);
  }

  /** sums[m][n] += a[m][4k] b[k][4n] + .. + a[m][4k + 3] b[k][4n + 3], unsigned bytes, modulo 2^32. */
  void dpbuud(int sums, int a, int b) {
    const int rows = config_.rows[sums], words = config_.row_bytes[sums] / 4, inner = config_.row_bytes[a] / 4;
    need(sums != a && sums != b && a != b && rows != 0 && inner != 0 && config_.row_bytes[b] != 0);
    need(config_.row_bytes[sums] % 4 == 0 && config_.row_bytes[a] % 4 == 0 && config_.row_bytes[b] % 4 == 0);
    need(config_.rows[a] == rows && config_.rows[b] == inner && config_.row_bytes[b] == config_.row_bytes[sums]);
    for (int m = 0; m < rows; m++) {
      u32 row[16];
      std::memcpy(row, bytes_[sums][m], sizeof row);
      for (int k = 0; k < inner; k++)
        for (int n = 0; n < words; n++)
          for (int t = 0; t < 4; t++) row[n] += u32{bytes_[a][m][4 * k + t]} * bytes_[b][k][4 * n + t];
      std::memcpy(bytes_[sums][m], row, 4 * words);
    }
  }

  TileConfig config_;
  u8 bytes_[8][16][64];
};

}  // namespace puma
