import {
  type CancellationToken,
  env,
  Hover,
  type HoverProvider,
  l10n,
  languages,
  MarkdownString,
  type Position,
  Range,
  type TextDocument,
} from 'vscode';
import { commitCard } from '../../server/protocol/git.ts';
import type { Places } from '../deploy/whereBadges.ts';
import { writePlaces } from '../deploy/whereWords.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import type { LineBlame } from './blameSource.ts';
import { isUncommitted } from './blameTable.ts';
import { type CommitCard, commandAddress, type HoverLink, writeCommitHover, writeLinks } from './commitHover.ts';
import { historyOf, targetOf } from './lineActionsTarget.ts';
import { revisionScheme } from './revisionUri.ts';

/** The only commands a link in our hovers can run, whatever a repository says. */
export const hoverCommands = [
  'hearth.git.showLineCommit',
  'hearth.git.diffLineWithPrevious',
  'hearth.git.blameAtParent',
  'hearth.git.openLineRevision',
  'hearth.git.copyCommitId',
  'hearth.git.copyPermalink',
  'hearth.git.openPermalink',
  'hearth.git.showLineHistory',
  'hearth.deploy.whereIsLine',
] as const;

/** Finds the blame behind a place in the text that stands for an annotation: the end of the annotated line, or the gutter column. */
export type AnnotationLookup = (document: TextDocument, position: Position) => LineBlame | undefined;

const keptCards = 40;
/** Milliseconds a hover waits for where the line runs. */
const patience = 300;

/** The hover on annotations, not on the whole line: other hovers keep their place. */
export class BlameHover extends Registered implements HoverProvider {
  readonly #shell: Shell;
  readonly #lookup: AnnotationLookup;
  readonly #cards = new Map<string, Promise<CommitCard | undefined>>();

  constructor(shell: Shell, lookup: AnnotationLookup) {
    super();
    this.#shell = shell;
    this.#lookup = lookup;
    this.register(languages.registerHoverProvider([{ scheme: 'file' }, { scheme: revisionScheme }], this));
  }

  async provideHover(document: TextDocument, position: Position, token: CancellationToken): Promise<Hover | undefined> {
    const blame = this.#lookup(document, position);
    if (blame === undefined) return undefined;
    const [card, places] = isUncommitted(blame.commit) ? [] : await Promise.all([this.#card(blame), this.#places(blame)]);
    if (token.isCancellationRequested) return undefined;
    return new Hover(hoverText(blame, card, places), new Range(position, position));
  }

  /** Where it runs, as far as that is known soon: the first answer for a long history takes a while. */
  async #places({ repository, commit, path }: LineBlame): Promise<Places | undefined> {
    const { places } = this.#shell;
    await Promise.race([places.ask(repository, [commit], path), new Promise((resolve) => setTimeout(resolve, patience))]);
    return places.of(repository, commit, path);
  }

  #card({ repository, commit, origin, originalLine }: LineBlame): Promise<CommitCard | undefined> {
    const key = `${repository}\0${commit}\0${origin.path}\0${originalLine}`;
    let asked = this.#cards.get(key);
    if (asked === undefined) {
      asked = this.#shell.server
        .send(commitCard, { repository, commit, file: { path: origin.path }, line: originalLine })
        .catch((error) => {
          this.#cards.delete(key);
          this.#shell.log.debug(`Commit ${commit.slice(0, 8)}: ${asRequestFailure(error).message}`);
          return undefined;
        });
      this.#cards.set(key, asked);
      for (const oldest of this.#cards.keys()) {
        if (this.#cards.size <= keptCards) break;
        this.#cards.delete(oldest);
      }
    }
    return asked;
  }
}

/** The whole card. `supportHtml` stays off and only our own commands are enabled. */
export function hoverText(blame: LineBlame, card: CommitCard | undefined, places?: Places): MarkdownString {
  const text = new MarkdownString('', true);
  text.isTrusted = { enabledCommands: hoverCommands };
  text.supportHtml = false;
  if (isUncommitted(blame.commit)) {
    text.appendMarkdown(`**${l10n.t('Uncommitted')}**  \n${l10n.t('This line is not committed yet.')}`);
    writeLinks(text, linksOf(blame, card, places));
    return text;
  }
  writeCommitHover(text, {
    commit: blame.commit,
    facts: blame.facts,
    card,
    links: linksOf(blame, card, places),
    now: Date.now() / 1000,
    language: env.language,
    words: { committedBy: l10n.t('committed by'), change: l10n.t('This line:') },
    places: (to) => writePlaces(to, places),
  });
  return text;
}

function linksOf(blame: LineBlame, card: CommitCard | undefined, places: Places | undefined): HoverLink[] {
  const target = targetOf(blame);
  const link = (label: string, command: (typeof hoverCommands)[number], title: string): HoverLink => ({
    label,
    title,
    command: commandAddress(command, command === 'hearth.git.showLineHistory' ? historyOf(target) : target),
  });
  const diff = link(`$(diff) ${l10n.t('Diff')}`, 'hearth.git.diffLineWithPrevious', l10n.t('Diff with Previous'));
  const history = link(`$(history) ${l10n.t('History')}`, 'hearth.git.showLineHistory', l10n.t('Line History'));
  if (isUncommitted(blame.commit)) return [diff, history];
  return [
    link(`$(git-commit) ${l10n.t('Show Commit')}`, 'hearth.git.showLineCommit', l10n.t('Show Commit')),
    diff,
    history,
    ...(blame.origin.previous === undefined
      ? []
      : [link(`$(arrow-left) ${l10n.t('Blame at Parent')}`, 'hearth.git.blameAtParent', l10n.t('Blame at Parent'))]),
    link(`$(go-to-file) ${l10n.t('Open')}`, 'hearth.git.openLineRevision', l10n.t('Open File at Revision')),
    link('$(copy)', 'hearth.git.copyCommitId', l10n.t('Copy Commit Id')),
    ...(places === undefined || places.length === 0
      ? []
      : [link(`$(rocket) ${l10n.t('Where Is This?')}`, 'hearth.deploy.whereIsLine', l10n.t('Where Is This Line Live?'))]),
    ...(card?.permalink === undefined
      ? []
      : [
          link('$(link)', 'hearth.git.copyPermalink', l10n.t('Copy Permalink')),
          link('$(link-external)', 'hearth.git.openPermalink', l10n.t('Open Permalink')),
        ]),
  ];
}
