import { l10n, ProgressLocation, ThemeIcon, window } from 'vscode';
import type { ResultOf } from '../../server/protocol/message.ts';
import { listChannels, testChannel } from '../../server/protocol/notify.ts';
import { given } from '../deploy/deployTargets.ts';
import { pickRepository } from '../git/compare.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import { textOf } from './monitorTargets.ts';
import { answerTime } from './monitorWords.ts';
import { needTrust, type Watching } from './pickMonitor.ts';

type Channel = ResultOf<typeof listChannels>['channels'][number];

/** *Test Notification…*: sends a test message, now, and says what the other side answered. */
export async function testNotification({ shell }: Watching, argument: unknown): Promise<ResultOf<typeof testChannel> | undefined> {
  needTrust();
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const name = textOf(given(argument)['name']) ?? (await pickChannel((await shell.server.send(listChannels, { repository })).channels));
  if (name === undefined) return undefined;
  const asked = shell.server.send(testChannel, { repository, name });
  const title = l10n.t('Sending a test message to {0}', name);
  const result = await window.withProgress({ location: ProgressLocation.Notification, title }, () => asked);
  const answer = withoutLinks(oneLine(result.answer));
  if (result.ok)
    window.setStatusBarMessage(withoutIcons(l10n.t('{0} took the message in {1}.', oneLine(name), answerTime(result.milliseconds))), 6000);
  else void window.showErrorMessage(l10n.t('{0} did not take the message: {1}', withoutLinks(oneLine(name)), answer));
  return result;
}

async function pickChannel(channels: readonly Channel[]): Promise<string | undefined> {
  if (channels.length === 0) {
    throw new RequestFailure(
      'not-found',
      l10n.t('Nobody is told anything yet.'),
      l10n.t('`notifications:` in hearth.yaml says who; apply it afterwards.'),
    );
  }
  const items = channels.map((channel) => ({
    label: withoutIcons(oneLine(channel.name)),
    description: withoutIcons(channelWords(channel)),
    iconPath: new ThemeIcon(channel.missing.length > 0 || channel.breaker.state === 'open' ? 'warning' : 'bell'),
    name: channel.name,
  }));
  return (await window.showQuickPick(items, { placeHolder: l10n.t('Send a test message to whom?'), matchOnDescription: true }))?.name;
}

function channelWords({ kind, target, missing, waiting, dead, breaker }: Channel): string {
  const parts = [
    kind,
    oneLine(target),
    missing.length === 0 ? '' : l10n.t('secret not set: {0}', missing.join(', ')),
    breaker.state === 'open' ? l10n.t('held back after failures') : '',
    breaker.state === 'closed' && breaker.until !== null ? l10n.t('rests: the other side asked for it') : '',
    waiting === 0 ? '' : l10n.t('{0} waiting', waiting),
    dead === 0 ? '' : l10n.t('{0} given up', dead),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
