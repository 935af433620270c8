import type { Command } from './command.ts';
import { diffCommand } from './gitDiff.ts';

/** The git domain's verbs; each verb has its own file, `git<Verb>.ts`. */
export const gitCommands: readonly Command[] = [diffCommand];
