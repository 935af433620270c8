import { apiCommand, rpcCommand } from './api.ts';
import type { Command } from './command.ts';
import { commonOptions } from './commonOptions.ts';
import { completionCommand } from './completion.ts';
import { gitCommands } from './git.ts';
import { hubCommands } from './hub.ts';
import { projectCommands } from './project.ts';

/** Every command, in the order of the help. */
const all: readonly Command[] = [...gitCommands, ...projectCommands, ...hubCommands, rpcCommand, apiCommand];

export const commands: readonly Command[] = [...all, completionCommand(all, commonOptions)];
