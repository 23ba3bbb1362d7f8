/**
 * The loops over numbers, as one interface with two engines: `native` (C++, SIMD chosen at run time) and `portable`
 * (TypeScript, the specification and the fallback). Both give results equal to the bit.
 *
 * Grammar: `out` comes first and is overwritten; it may be the same array as an input of the same length, never a
 * partly overlapping one. Kernels know nothing of parties. Arguments are checked by TypeScript wrappers once, in
 * `checked.ts`, never inside the loops.
 *
 * Lanes: a ring element of Z_2^k lies in the low k bits of a 64-bit lane. Bits above k are arbitrary unless a kernel
 * says otherwise; kernels that look from the top take `bits` = k and mask first.
 *
 * Bitmaps: bit i of a bitmap of n bits is bit (i mod 64) of word floor(i / 64); bits from n on are zero.
 */
export type Lanes = BigUint64Array;
export type Bitmap = BigUint64Array;

export type MatmulShape = {
  /** Independent products; operands lie one after the other. */
  batch: number;
  /** out is [batch, m, n]; a is [batch, m, k]; b is [batch, k, n], or [batch, n, k] when `transposeB`. */
  m: number;
  k: number;
  n: number;
  /** a is stored as [batch, k, m]. */
  transposeA?: boolean;
  transposeB?: boolean;
  /** 1 when b is the same for every product of the batch: b is then [k, n]; the default 0 means one b each. */
  shareB?: boolean;
  /** Only the low `bits` of the result matter (1..64); results are reduced to that many bits. */
  bits: number;
  /** Add to (1) or subtract from (-1) what `out` holds, instead of overwriting it (0). */
  accumulate: -1 | 0 | 1;
};

export interface Kernels {
  readonly engine: 'native' | 'portable';
  /** 'amx', 'avx512', 'avx2', 'neon', 'portable', or 'none' for the TypeScript engine. */
  readonly simd: string;
  readonly threads: number;
  /** Of the portable engine: why it and not the native one. */
  readonly reason?: string;

  // ---- ring.ts: elementwise modulo 2^64. Operand b is broadcast: element i of out meets b[floor(i / inner) mod b.length];
  //      inner is 1 when left out, so b may have out's shape, be one row ([cols], inner 1) or one column ([rows], inner = cols).
  add(out: Lanes, a: Lanes, b: Lanes, inner?: number): void;
  sub(out: Lanes, a: Lanes, b: Lanes, inner?: number): void;
  mul(out: Lanes, a: Lanes, b: Lanes, inner?: number): void;
  neg(out: Lanes, a: Lanes): void;
  addConst(out: Lanes, a: Lanes, c: bigint): void;
  /** out = a * c; a shift to the left is scale by a power of two. */
  scale(out: Lanes, a: Lanes, c: bigint): void;
  /** out = (a mod 2^bits) >> shift, 0 <= shift <= 63. */
  shiftRight(out: Lanes, a: Lanes, shift: number, bits: number): void;
  /** out = a mod 2^bits. */
  reduce(out: Lanes, a: Lanes, bits: number): void;
  /** out += mx * hy - lx * my, with (my, hy) broadcast: an evaluator's part of a product of masked values. */
  cross(out: Lanes, mx: Lanes, lx: Lanes, my: Lanes, hy: Lanes, inner?: number): void;
  /** out[r] = sum over c of a[r * cols + c]; out.length rows. */
  rowSum(out: Lanes, a: Lanes, cols: number): void;
  /** out[r] += sum over c of mx * hy - lx * my over the row: cross() summed by rows. */
  crossRowSum(out: Lanes, mx: Lanes, lx: Lanes, my: Lanes, hy: Lanes, cols: number): void;
  /** out[r] = sum over c of a * b over the row. */
  dotRows(out: Lanes, a: Lanes, b: Lanes, cols: number): void;
  /** Copies a of shape `dims` (2 to 4 axes) with its axes in the order `perm`: out axis j is a's axis perm[j]. */
  permute(out: Lanes, a: Lanes, dims: readonly number[], perm: readonly number[]): void;
  /** Copies runs of lanes, each three numbers [to, from, count]: out[to .. to + count - 1] = a[from .. from + count - 1]. out is not a. */
  copyRuns(out: Lanes, a: Lanes, runs: Int32Array): void;

  // ---- matmul.ts
  matmul(out: Lanes, a: Lanes, b: Lanes, shape: MatmulShape): void;
  /** Float product out[m, n] = a[m, k] * b[n, k]^T: sums in double, in 8 interleaved partial sums (index i goes to
   * partial sum i mod 8; they are added pairwise ((0+4)+(2+6))+((1+5)+(3+7))), so every engine gives the same bits. */
  matmulFloat(out: Float32Array, a: Float32Array, b: Float32Array, m: number, k: number, n: number): void;

  // ---- prg.ts: AES-128 in counter mode. iv is the first 16-byte counter block (big endian increment).
  /** Fills lanes with the key stream, 8 bytes a lane, little endian. */
  prg(out: Lanes, key: Uint8Array, iv: Uint8Array): void;

  // ---- pack.ts: dense little-endian bit stream: lane i occupies bits [i * bits, (i + 1) * bits); unused bits of the last byte are 0.
  pack(out: Uint8Array, a: Lanes, bits: number): void;
  /** Lanes come out reduced to `bits`. bytes.length >= ceil(out.length * bits / 8). */
  unpack(out: Lanes, bytes: Uint8Array, bits: number): void;
  /** pack(a + b), pack(a - b) without the intermediate. */
  packAdd(out: Uint8Array, a: Lanes, b: Lanes, bits: number): void;
  packSub(out: Uint8Array, a: Lanes, b: Lanes, bits: number): void;
  /** out = a + unpack(bytes), not reduced. */
  unpackAdd(out: Lanes, bytes: Uint8Array, a: Lanes, bits: number): void;

  // ---- bits.ts: bitmaps
  /** Bit planes: bitmap j (words [j * w, (j + 1) * w) of out, w = ceil(n / 64)) gets bit first + j of every lane; j < count. */
  planes(out: Bitmap, a: Lanes, first: number, count: number): void;
  xor(out: Bitmap, a: Bitmap, b: Bitmap): void;
  and(out: Bitmap, a: Bitmap, b: Bitmap): void;
  /** out ^= a & b. */
  andXor(out: Bitmap, a: Bitmap, b: Bitmap): void;
  /** Complement of the first n bits; the rest is zero. */
  not(out: Bitmap, a: Bitmap, n: number): void;
  /** out[i] = bit i, as 0 or 1. */
  spread(out: Lanes, bits: Bitmap): void;
  /** out[i] = bit i of c ? d[i] - e[i] : e[i]: that is c d + (1 - 2c) e. */
  blend(out: Lanes, c: Bitmap, d: Lanes, e: Lanes): void;

  // ---- protocol.ts: fused passes of the protocols
  /**
   * An evaluator's last step of truncation (docs/protocols.md, truncate). With t = shift[i], or shift[0] for all when it has
   * one element (0 <= t < bits), u = top bit of a mod 2^bits, mine and theirs the opened bits, r = u xor mine:
   *   p = first ? (mine & theirs) + theirs (1 - 2 mine) r + (1 - 2 mine)(1 - 2 theirs) g
   *             : theirs (1 - 2 mine) r                   + (1 - 2 mine)(1 - 2 theirs) g
   *   out = ((a mod 2^bits) >> t) - ((u - p) << (bits - t))       (modulo 2^64)
   * Of the first evaluator d = mine and e = theirs, of the second the other way round; t = 0 gives out = a mod 2^bits
   * with no wrap term when bits = 64.
   */
  truncateFinish(
    out: Lanes,
    a: Lanes,
    g: Lanes,
    mine: Bitmap,
    theirs: Bitmap,
    shift: Lanes,
    bits: number,
    first: boolean,
  ): void;
  /** Table lookup: out[i] = table[(a[i] >> shift) mod table.length]; table.length is a power of two. */
  gather(out: Lanes, a: Lanes, table: Lanes, shift: number): void;
  /**
   * The dealer's part of a cosine series. For j = 1..J, with angle = (factor * a[i]) mod 2^n and table[x] = round(cos(2 pi x / 2^n) 2^30), 2^n = table.length:
   *   out[(2j - 2) * N + i] = round(cos(j angle) 2^g),  out[(2j - 1) * N + i] = round(sin(j angle) 2^g)
   * where N = a.length, sin(x) = cos(x - 2^n / 4), and round is (v + 2^(29 - g)) >> (30 - g), arithmetic shift.
   */
  cosines(out: Lanes, a: Lanes, table: Int32Array, factor: number, harmonics: number, g: number): void;
  /**
   * An evaluator's part: out[i] += sum over j of C_j dealt[(2j - 2) N + i] + S_j dealt[(2j - 1) N + i], with C_j = (table[j angle] * coef[j - 1] + 2^29) >> 30
   * (arithmetic), S_j likewise from the sine; coef holds integers of at most 32 bits.
   */
  cosineSum(out: Lanes, a: Lanes, dealt: Lanes, table: Int32Array, factor: number, coef: Int32Array): void;

  // ---- convert.ts
  /** out = round-half-away-from-zero(x * 2^frac) as two's complement (that is Math.sign(v) * Math.floor(Math.abs(v) + 0.5)). Returns the index of the first element that is not finite
   * or whose magnitude is >= 2^(bits - 2), or -1; the rest is then not defined. */
  toFixed(out: Lanes, x: Float32Array | Float64Array, frac: number, bits: number): number;
  /** Signed value of the low `bits` of a, divided by 2^frac. */
  toFloat(out: Float64Array, a: Lanes, bits: number, frac: number): void;
  halfToFloat(out: Float32Array, half: Uint16Array): void;
  bfloatToFloat(out: Float32Array, bfloat: Uint16Array): void;
}
