import { apiCommand, rpcCommand } from './api.ts';
import type { Command } from './command.ts';
import { commonOptions } from './commonOptions.ts';
import { completionCommand } from './completion.ts';
import { gitCommands } from './git.ts';

/** Every command, in the order of the help. */
const all: readonly Command[] = [...gitCommands, rpcCommand, apiCommand];

export const commands: readonly Command[] = [...all, completionCommand(all, commonOptions)];
