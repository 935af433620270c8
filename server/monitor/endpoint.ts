import { randomUUID } from 'node:crypto';
import { readOwnFile, writeOwnFile } from '../config/ownFile.ts';
import type { Author, StateStore } from '../store/types.ts';
import { createItem, newPartId } from '../work/index.ts';
import { targetOf } from './checks/index.ts';
import type { MonitorRecord } from './types.ts';

/** What a new endpoint is given beside its monitor: a work item, and a page in the repository. */

/** Answers the number of the item: what is to be done until somebody may rely on the endpoint. */
export function makeEndpointItem(store: StateStore, author: Author, monitor: MonitorRecord): Promise<number> {
  const own = author.key === undefined ? author : { ...author, key: `${author.key} item` };
  const checks = [
    `\`${documentPath(monitor.name)}\` says what it is for, who owns it and what to do when it is down`,
    'Its monitor goes down when it should, and comes back: tried once',
    'Whoever must know is told (`hearth notify test`)',
    'Limits (time, certificate, size) are asserted where they matter',
  ];
  return createItem(store, own, monitor.project, {
    uid: randomUUID(),
    title: `Endpoint ${monitor.name}`,
    type: 'infrastructure',
    notes: `It is watched as ${monitor.name}: ${targetOf(monitor.check)}`,
    tags: ['endpoint'],
    assignee: null,
    due: null,
    checklist: checks.map((text) => ({ id: newPartId(), text })),
  });
}

const documentPath = (name: string): string => `docs/endpoints/${name}.md`;

/** Writes the page unless there is one; answers its path. Never outside of the work tree, never through a link. */
export async function writeEndpointDocument(root: string, monitor: MonitorRecord, item: number | null): Promise<string> {
  const path = documentPath(monitor.name);
  const there = await readOwnFile(root, path, Number.POSITIVE_INFINITY);
  if (there === undefined) await writeOwnFile(root, path, documentText(monitor, item));
  return path;
}

/** Markdown; what comes from the monitor stands in code and stays there. */
export function documentText({ name, service, environment, check, settings }: MonitorRecord, item: number | null): string {
  const { interval, timeout, failures, retryInterval, assert } = settings;
  const facts = [
    `- What is looked at: ${code(`${check.kind} ${targetOf(check)}`)}`,
    ...(service === null ? [] : [`- Service: ${code(service)}`]),
    ...(environment === null ? [] : [`- Environment: ${code(environment)}`]),
    `- Every ${seconds(interval)}, for ${seconds(timeout)} at most; down after ${failures} failures in a row, ${seconds(retryInterval)} apart`,
    ...assert.map((each) => `- Must hold: ${code(each)}`),
    ...(item === null ? [] : [`- Work item: #${item}`]),
  ];
  return [
    ...[`# ${name}`, '', 'What it is for, and who needs it.', '', ...facts, ''],
    ...['## Owner', '', 'Who looks after it, and how they are reached.', ''],
    ...['## When it is down', '', '1. What users notice', '2. Where to look first: logs, dashboards', '3. How to bring it back', ''],
    ...['## Known limits', '', 'Load, size, times, what it depends on.', ''],
  ].join('\n');
}

function code(text: string): string {
  const fence = '`'.repeat(Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length)) + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${text.replaceAll(/[\p{C}\u2028\u2029]/gu, ' ')}${pad}${fence}`;
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
