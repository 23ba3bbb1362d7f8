import { classify } from './classify.ts';
import { embed } from './embed.ts';
import { generate } from './generate.ts';
import type { Head } from './head.ts';

/** Every head. */
export const HEADS = [classify, embed, generate] as const;

/** The name of a head, as manifests, the registry and reports have it. */
export type Task = (typeof HEADS)[number]['name'];

export const TASKS: readonly Task[] = HEADS.map(({ name }) => name);

export const headOf = (task: Task): Head<Task> => HEADS.find(({ name }) => name === task)!;
