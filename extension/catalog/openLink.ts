import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { commands, env, extensions, l10n, Uri } from 'vscode';
import { RequestFailure } from '../ui/failure.ts';

/** Shown beside the code: Grafana, Uptime Kuma and their like. The rest opens where the user's own session is. */
const inside: readonly string[] = ['dashboard', 'monitor'];

/**
 * Opens what a link of the catalog leads to: a dashboard in the simple browser, another address of the web in the user's own browser, a path
 * of the repository as a file. The text comes from `hearth.yaml`: any other scheme, and any path that leads out of the repository, is refused.
 */
export async function openTarget(repository: string, url: string, kind: string): Promise<void> {
  if (/^https?:\/\//i.test(url)) return openAddress(url, kind);
  if (/^[a-z][a-z0-9+.-]*:/i.test(url) && !/^[a-z]:[\\/]/i.test(url)) {
    throw new RequestFailure('invalid', l10n.t('The address {0} is none of the web.', url));
  }
  const [file = ''] = url.split('#', 1);
  const outside = new RequestFailure('invalid', l10n.t('{0} is not in the repository.', url));
  if (!isWithin(repository, path.resolve(repository, file))) throw outside;
  const [root, target] = await Promise.all([realpath(repository), realpath(path.resolve(repository, file))]).catch(() => {
    throw new RequestFailure('not-found', l10n.t('There is no file {0} in the repository.', file));
  });
  // A link in the repository may lead out of it.
  if (!isWithin(root, target)) throw outside;
  const uri = Uri.file(target);
  await commands.executeCommand('vscode.open', uri);
}

async function openAddress(url: string, kind: string): Promise<void> {
  const uri = Uri.parse(url, true);
  // A window without the built-in extension shows it in the browser.
  const browser = extensions.getExtension('vscode.simple-browser');
  if (inside.includes(kind) && browser !== undefined) await commands.executeCommand('simpleBrowser.show', uri.toString(true));
  else await env.openExternal(uri);
}

function isWithin(root: string, file: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}
