import type { Command } from './command.ts';
import { blameCommand } from './gitBlame.ts';
import { diffCommand } from './gitDiff.ts';
import { filesCommand } from './gitFiles.ts';
import { historyCommand } from './gitHistory.ts';
import { logCommand } from './gitLog.ts';
import { showCommand } from './gitShow.ts';

/** The git domain's verbs; each verb has its own file, `git<Verb>.ts`. */
export const gitCommands: readonly Command[] = [blameCommand, diffCommand, logCommand, showCommand, historyCommand, filesCommand];
