import { l10n } from 'vscode';
import type { BadgeView } from '../../webviews/ui/messages.ts';
import { plain } from '../git/blameFormat.ts';
import type { HoverWriter } from '../git/commitHover.ts';
import { shortId } from '../git/repositoryNodesText.ts';
import { ageOf, healthName } from './deployWords.ts';
import { badgeName, badgesOf, badgeText, type CommitPlace, type EnvironmentBadge, type Places, symbolOf } from './whereBadges.ts';

/** Words about where a commit runs. Names come from `hearth.yaml`: they are data, never markup. */

/** `⬤ production · ◐ staging`; empty where it runs nowhere. What only a fetch could tell is left out unless wanted. */
export function badgesText(places: Places | undefined, { fetch }: { readonly fetch: boolean }): string {
  return plain(shownBadges(places, fetch).map(badgeText).join(' · '));
}

/** The same for a screen reader. */
export function badgesSpoken(places: Places | undefined): string[] {
  return shownBadges(places, false).map((badge) => plain(badgeSpoken(badge)));
}

function shownBadges(places: Places | undefined, fetch: boolean): EnvironmentBadge[] {
  return places === undefined ? [] : badgesOf(places).filter(({ extent }) => fetch || extent !== 'fetch');
}

export function badgeSpoken(badge: EnvironmentBadge): string {
  const { environment, extent, services, of, health } = badge;
  if (extent === 'fetch') return l10n.t('{0}: what is deployed is not in this repository, fetch to know', environment);
  if (extent === 'all') return l10n.t('live in {0}, {1}', environment, healthName(health));
  return l10n.t('live in {0} ({1} of {2} services: {3}), {4}', environment, services.length, of, services.join(', '), healthName(health));
}

/** `production: fetch to know`, where what is deployed is not in this repository; else empty. */
export function fetchNote(places: Places | undefined): string {
  const names = badgesOf(places ?? []).flatMap(({ extent, environment }) => (extent === 'fetch' ? [environment] : []));
  return names.length === 0 ? '' : plain(l10n.t('{0}: fetch to know', names.join(', ')));
}

/** As panels show them. */
export function badgeViews(places: Places | undefined): BadgeView[] {
  return shownBadges(places, true).map((badge) => ({
    symbol: symbolOf(badge),
    name: plain(badgeName(badge)),
    words: plain(badgeSpoken(badge)),
    tone: badge.extent === 'fetch' ? 'unknown' : badge.health,
  }));
}

/** `⬤`, `◯` where it is not, `?` where only a fetch could tell. */
export function placeSymbol({ contained, release }: CommitPlace): string {
  if (contained === 'unknown') return '?';
  return contained === 'in' && release.concerned ? symbolOf({ extent: 'all', health: release.health.state }) : '◯';
}

/** What is to be said of one release: `1a2b3c4, live 2 days ago · healthy`. `file`: it was asked about a file, not a commit as a whole. */
export function placeWords({ contained, release }: CommitPlace, { file }: { readonly file: boolean }): string {
  const { commit, since, health, concerned, running } = release;
  const live = l10n.t('{0}, live {1}', shortId(commit), ageOf(since));
  const parts = [
    ...(contained === 'unknown' ? [l10n.t('{0} is not in this repository: fetch to know', shortId(commit))] : []),
    ...(contained === 'out' ? [l10n.t('not there')] : []),
    ...(concerned ? [] : [file ? l10n.t('not made from this file') : l10n.t('changes nothing of it')]),
    ...(contained === 'unknown' ? [] : [live]),
    healthName(health.state),
    ...(health.state === 'down' || health.state === 'pending' ? (health.message === undefined ? [] : [health.message]) : []),
    ...(running ? [l10n.t('a deployment is on its way')] : []),
  ];
  return plain(parts.join(' · '));
}

/** Releases of a hover; the command shows all. */
const mostRows = 8;

/** The part of a hover that says where a commit runs; nothing where nothing is deployed. */
export function writePlaces(to: Pick<HoverWriter, 'appendText' | 'appendMarkdown'>, places: Places | undefined): void {
  if (places === undefined || places.length === 0) return;
  const order = { in: 0, unknown: 1, out: 2 };
  const rows = [...places].sort(
    (a, b) => Number(b.release.concerned) - Number(a.release.concerned) || order[a.contained] - order[b.contained],
  );
  to.appendMarkdown('\n\n---\n\n');
  for (const [index, place] of rows.slice(0, mostRows).entries()) {
    if (index > 0) to.appendMarkdown('  \n');
    const { environment, service } = place.release;
    const strong = place.contained === 'in' && place.release.concerned ? '**' : '';
    to.appendMarkdown(`${placeSymbol(place)} ${strong}`);
    to.appendText(inert(`${environment} · ${service}`));
    to.appendMarkdown(`${strong} \u00a0`);
    to.appendText(inert(placeWords(place, { file: true })));
  }
  if (rows.length > mostRows) to.appendMarkdown(`  \n${l10n.t('and {0} more', rows.length - mostRows)}`);
}

/** What Markdown finds without any brackets is cut by a character of no width. */
function inert(text: string): string {
  return plain(text).replace(/<|www|@|:(?=\/\/)/gi, (found) => `${found}\u200b`);
}
