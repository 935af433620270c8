import { type ConfigurationScope, extensions, workspace } from 'vscode';
import type { documentBlame } from '../../server/protocol/git.ts';
import type { InputOf } from '../../server/protocol/message.ts';

/** Settings of blame, read when needed (a folder may have its own), and whether another tool already does the same. */

import { resolveSwitch, type Switch } from './blameSwitch.ts';

export type LineMode = 'on' | 'onDemand' | 'off';

function setting<T>(name: string, scope: ConfigurationScope | undefined, otherwise: T): T {
  return workspace.getConfiguration('hearth.git', scope).get<T>(name, otherwise);
}

function gitLens(option: string): boolean {
  return extensions.getExtension('eamodio.gitlens') !== undefined && workspace.getConfiguration('gitlens').get(option, true);
}

/** Whether GitLens or the built-in git extension annotates the current line. */
export function otherLineBlame(): boolean {
  const git = workspace.getConfiguration('git');
  return gitLens('currentLine.enabled') || (git.get('enabled', true) && git.get('blame.editorDecoration.enabled', false));
}

export function lineMode(scope: ConfigurationScope | undefined): LineMode {
  return resolveSwitch<Switch | 'onDemand'>(setting('blame.line.enabled', scope, 'auto'), otherLineBlame());
}

/** The status item is the inline form's twin: with `auto` it appears where that is switched off, not where another tool has taken over. */
export function statusWanted(scope: ConfigurationScope | undefined, line: boolean): boolean {
  const chosen = setting<Switch>('blame.statusBar', scope, 'auto');
  if (chosen !== 'auto') return chosen === 'on';
  return !line && !otherLineBlame();
}

export function codeLensWanted(scope: ConfigurationScope | undefined): boolean {
  return resolveSwitch(setting<Switch>('codeLens.enabled', scope, 'auto'), gitLens('codeLens.enabled')) === 'on';
}

export function lineFormat(scope: ConfigurationScope | undefined): string {
  return setting('blame.line.format', scope, '');
}

/** Milliseconds between two answers while the cursor keeps moving; the first one is never delayed. */
export function lineDelay(scope: ConfigurationScope | undefined): number {
  return Math.min(5000, Math.max(0, setting('blame.line.delay', scope, 100)));
}

/** Days that count as fresh. */
export function heatThreshold(scope: ConfigurationScope | undefined): number {
  return setting('blame.heat.days', scope, 90);
}

export function blameOptionsOf(scope: ConfigurationScope | undefined): NonNullable<InputOf<typeof documentBlame>['options']> {
  const copies = setting<number>('blame.copies', scope, 0);
  return {
    ignoreWhitespace: setting('blame.ignoreWhitespace', scope, false),
    moves: setting('blame.moves', scope, false),
    copies: copies === 1 || copies === 2 || copies === 3 ? copies : 0,
    ignoreRevs: setting('blame.ignoreRevisions', scope, true),
  };
}

/** Sections whose change calls for a new look at blame. */
export const blameSections = ['hearth.git.blame', 'git.blame', 'git.enabled', 'gitlens.currentLine', 'gitlens.codeLens'];
