import type { Command } from './command.ts';
import { deployChangeCommands } from './deployChange.ts';
import { deployRunCommands } from './deployRun.ts';
import { deployShowCommands } from './deployShow.ts';

/** `hearth deploy`: plan, run, look at and undo deployments. */
export const deployCommands: readonly Command[] = [...deployRunCommands, ...deployShowCommands, ...deployChangeCommands];
