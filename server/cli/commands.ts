import { apiCommand, rpcCommand } from './api.ts';
import type { Command } from './command.ts';
import { gitCommands } from './git.ts';

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [...gitCommands, rpcCommand, apiCommand];
