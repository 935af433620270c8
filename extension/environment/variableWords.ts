import { l10n, ThemeColor, ThemeIcon } from 'vscode';
import type { Variable, VariableOrigin } from '../../server/protocol/variables.ts';
import { ageOf } from '../deploy/deployWords.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { placeName } from './variablePlace.ts';

/** A variable in words. No value of a secret ever comes here. */

/** Values are shown up to here. */
const widest = 80;

/** Beside the name: what it is, never a secret itself. */
export function valueWords({ value, secret, origin }: Variable): string {
  if (origin.kind === 'missing') return l10n.t('not set');
  if (value === null) return secret ? '••••••' : l10n.t('unusable');
  const line = oneLine(value);
  return line.length > widest ? `${line.slice(0, widest)}…` : line;
}

/** Below the name: where it is from, who gets it, since when. */
export function originWords({ origin, services, as, updated, problem }: Variable): string {
  const parts = [
    // What is not set says so beside its name.
    problem === undefined || origin.kind === 'missing' ? '' : oneLine(problem),
    originName(origin),
    services.length === 0 ? '' : l10n.t('for {0}', services.map(oneLine).join(', ')),
    as === 'file' ? l10n.t('as a file') : '',
    updated === undefined ? '' : ageOf(updated),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function originName(origin: VariableOrigin): string {
  switch (origin.kind) {
    case 'service':
      return l10n.t('hearth.yaml, service');
    case 'environment':
      return l10n.t('hearth.yaml, {0}', oneLine(origin.environment));
    case 'stored':
      return l10n.t('stored for {0}', placeName(origin));
    case 'override':
      return l10n.t('this deployment');
    case 'missing':
      return '';
  }
}

export function variableIcon({ secret, problem }: Variable): ThemeIcon {
  if (problem !== undefined) return new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
  return new ThemeIcon(secret ? 'lock' : 'symbol-variable');
}
