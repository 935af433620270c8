import { apiCommand, rpcCommand } from './api.ts';
import { auditCommands } from './audit.ts';
import { backupCommands } from './backup.ts';
import { caCommands } from './ca.ts';
import { changelogCommands } from './changelog.ts';
import type { Command } from './command.ts';
import { commitCommand } from './commit.ts';
import { commonOptions } from './commonOptions.ts';
import { completionCommand } from './completion.ts';
import { composeCommands } from './compose.ts';
import { configCommands } from './config.ts';
import { deployCommands } from './deploy.ts';
import { doctorCommand } from './doctor.ts';
import { envCommands } from './env.ts';
import { environmentCommands } from './environment.ts';
import { eventCommands } from './events.ts';
import { gitCommands } from './git.ts';
import { hookCommands } from './hook.ts';
import { hubCommands } from './hub.ts';
import { incidentCommands } from './incident.ts';
import { logsCommand } from './logs.ts';
import { monitorCommands } from './monitor.ts';
import { notifyCommands } from './notify.ts';
import { projectCommands } from './project.ts';
import { servicesCommands } from './services.ts';
import { storeCommands } from './store.ts';
import { archiveCommands } from './storeArchive.ts';
import { trustCommands } from './trust.ts';
import { undoCommands } from './undo.ts';
import { whereCommands } from './where.ts';
import { workCommands } from './work.ts';

/** Every command, in the order of the help. */
const all: readonly Command[] = [
  ...gitCommands,
  commitCommand,
  ...undoCommands,
  ...whereCommands,
  ...workCommands,
  ...changelogCommands,
  ...hookCommands,
  ...configCommands,
  ...composeCommands,
  ...deployCommands,
  ...servicesCommands,
  ...monitorCommands,
  ...incidentCommands,
  ...notifyCommands,
  ...environmentCommands,
  ...envCommands,
  ...caCommands,
  ...projectCommands,
  ...trustCommands,
  ...eventCommands,
  ...auditCommands,
  ...backupCommands,
  ...archiveCommands,
  ...hubCommands,
  logsCommand,
  doctorCommand,
  ...storeCommands,
  rpcCommand,
  apiCommand,
];

export const commands: readonly Command[] = [...all, completionCommand(all, commonOptions)];
