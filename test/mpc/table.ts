/**
 * The protocols in one table: how to run each, and what it declares to cost. The tests hold the protocols to it, and
 * docs/protocols.md prints it.
 */
import { BLOCKS } from './table-blocks.ts';
import { FUNCTIONS } from './table-functions.ts';
import { ROWS } from './table-rows.ts';

export const TABLE = [...BLOCKS, ...FUNCTIONS, ...ROWS];
