import { apiCommand, rpcCommand } from './api.ts';
import { auditCommands } from './audit.ts';
import { backupCommands } from './backup.ts';
import type { Command } from './command.ts';
import { commonOptions } from './commonOptions.ts';
import { completionCommand } from './completion.ts';
import { eventCommands } from './events.ts';
import { gitCommands } from './git.ts';
import { hubCommands } from './hub.ts';
import { projectCommands } from './project.ts';
import { storeCommands } from './store.ts';
import { archiveCommands } from './storeArchive.ts';
import { trustCommands } from './trust.ts';

/** Every command, in the order of the help. */
const all: readonly Command[] = [
  ...gitCommands,
  ...projectCommands,
  ...trustCommands,
  ...eventCommands,
  ...auditCommands,
  ...backupCommands,
  ...archiveCommands,
  ...hubCommands,
  ...storeCommands,
  rpcCommand,
  apiCommand,
];

export const commands: readonly Command[] = [...all, completionCommand(all, commonOptions)];
