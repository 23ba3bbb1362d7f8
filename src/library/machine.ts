/** Where figures are taken. */
export { type Machine, thisMachine } from '../bench/machine.ts';

export { version } from '../files/root.ts';
