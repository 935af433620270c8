import type { Command } from './command.ts';
import { workCheckCommand } from './workCheck.ts';
import { workEditCommands } from './workEdit.ts';
import { workFlowCommands } from './workFlow.ts';
import { workShowCommands } from './workShow.ts';

/** `hearth work …`: work items from a terminal. */
export const workCommands: readonly Command[] = [...workShowCommands, ...workEditCommands, workCheckCommand, ...workFlowCommands];
