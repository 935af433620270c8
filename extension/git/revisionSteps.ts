import { l10n, Range, type TextDocumentShowOptions, window, workspace } from 'vscode';
import { history, neighbours } from '../../server/protocol/git.ts';
import type { Side } from '../../server/protocol/gitTypes.ts';
import type { Feature, Shell } from '../shell.ts';
import { pickSide } from './refPick.ts';
import { openDiff, openSide, sameLine, sideUri } from './revisionOpen.ts';
import { type Place, pathAt, placeOf, type Shown, shownPlace, textOf } from './revisionPlace.ts';

/** Commands that step from one revision of a file to the next, and compare a file with another of its revisions. */
export function revisionSteps(shell: Shell): Feature {
  const steps = new Steps(shell);
  return {
    commands: {
      'hearth.git.openPreviousRevision': (argument: unknown) => steps.open(argument, 'previous'),
      'hearth.git.openNextRevision': (argument: unknown) => steps.open(argument, 'next'),
      'hearth.git.diffWithPrevious': (argument: unknown) => steps.diff(argument, 'previous'),
      'hearth.git.diffWithNext': (argument: unknown) => steps.diff(argument, 'next'),
      'hearth.git.diffWithHead': (argument: unknown) => steps.against(argument, { kind: 'commit', revision: 'HEAD' }),
      'hearth.git.diffWithWorkingTree': (argument: unknown) => steps.withWorkingTree(argument),
      'hearth.git.diffWithRevision': (argument: unknown) => steps.pickAndDiff(argument),
      'hearth.git.openRevision': (argument: unknown) => steps.pickAndOpen(argument),
    },
    dispose: () => {},
  };
}

class Steps {
  readonly #shell: Shell;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  /** Opens the revision before or after what is shown; in a diff both sides move. */
  async open(argument: unknown, way: 'previous' | 'next'): Promise<void> {
    const shown = await this.#shown(argument);
    if (shown === undefined) return;
    if (shown.kind === 'diff') return this.#moveDiff(shown, way);
    const other = await this.#neighbour(shown.place, way);
    if (other === undefined) return end(way);
    await openSide(other.repository, other.side, other.path, await this.#keepLine(other));
  }

  /** Opens the diff of what is shown with the revision before or after it. */
  async diff(argument: unknown, way: 'previous' | 'next'): Promise<void> {
    const shown = await this.#shown(argument);
    if (shown === undefined) return;
    if (shown.kind === 'diff') return this.#moveDiff(shown, way);
    const other = await this.#neighbour(shown.place, way);
    if (other !== undefined) return way === 'previous' ? this.#show(other, shown.place) : this.#show(shown.place, other);
    // The first revision has nothing before it: all of it is new.
    if (way === 'previous' && shown.place.side.kind === 'commit')
      return this.#show({ ...shown.place, side: { kind: 'empty' } }, shown.place);
    end(way);
  }

  async against(argument: unknown, side: Side): Promise<void> {
    const place = await this.#place(argument);
    if (place !== undefined) await this.#show(await this.#at(place, side), place);
  }

  async withWorkingTree(argument: unknown): Promise<void> {
    const place = await this.#place(argument);
    if (place !== undefined) await this.#show(place, { ...place, side: { kind: 'worktree' } });
  }

  async pickAndDiff(argument: unknown): Promise<void> {
    const place = await this.#place(argument);
    if (place === undefined) return;
    const placeholder = l10n.t('Compare {0} with…', place.path);
    const offer = place.side.kind === 'worktree' ? (['index', 'mergeBase'] as const) : (['worktree', 'index', 'mergeBase'] as const);
    const side = await pickSide(this.#shell, place.repository, { placeholder, offer });
    if (side === undefined) return;
    // The working file goes to the right, where it can be edited.
    if (side.kind === 'worktree') await this.#show(place, { ...place, side });
    else await this.#show(await this.#at(place, side), place);
  }

  async pickAndOpen(argument: unknown): Promise<void> {
    const place = await this.#place(argument);
    if (place === undefined) return;
    const side = await pickSide(this.#shell, place.repository, { placeholder: l10n.t('Open {0} at…', place.path), offer: ['index'] });
    if (side === undefined) return;
    const there = await this.#at(place, side);
    await openSide(there.repository, side, there.path, await this.#keepLine(there));
  }

  async #moveDiff({ from, to }: Extract<Shown, { kind: 'diff' }>, way: 'previous' | 'next'): Promise<void> {
    const start = way === 'previous' ? from : to;
    const other = start.side.kind === 'empty' ? undefined : await this.#neighbour(start, way);
    if (other !== undefined) return way === 'previous' ? this.#show(other, from) : this.#show(to, other);
    if (way === 'previous' && from.side.kind === 'commit') return this.#show({ ...from, side: { kind: 'empty' } }, from);
    end(way);
  }

  async #show(from: Place, to: Place): Promise<void> {
    await openDiff(to.repository, from, to, await this.#keepLine(to));
  }

  async #at(place: Place, side: Side): Promise<Place> {
    return { ...place, side, path: await pathAt(this.#shell, place, side) };
  }

  /** The revision before or after a place; after the newest one comes the working file. */
  async #neighbour(place: Place, way: 'previous' | 'next'): Promise<Place | undefined> {
    const { repository, path, side } = place;
    if (way === 'next' && side.kind === 'worktree') return undefined;
    if (side.kind === 'index' && way === 'next') return { repository, path, side: { kind: 'worktree' } };
    const revision = revisionOf(side);
    if (revision === undefined && (await this.#isUnsaved(place))) {
      // The file on disk may be what HEAD has; what is typed is not.
      const { revisions } = await this.#shell.server.send(history, { repository, file: { path }, limit: 1 });
      const [newest] = revisions ?? [];
      return newest === undefined ? undefined : { repository, path: newest.path, side: at(newest.id) };
    }
    const found = await this.#shell.server.send(neighbours, {
      repository,
      file: { path },
      ...(revision === undefined ? {} : { revision }),
    });
    const other = found[way];
    if (other !== undefined) return { repository, path: other.path, side: at(other.id) };
    return way === 'next' ? { repository, path, side: { kind: 'worktree' } } : undefined;
  }

  async #isUnsaved({ repository, side, path }: Place): Promise<boolean> {
    const uri = sideUri(repository, side, path).toString();
    return workspace.textDocuments.some((document) => document.isDirty && document.uri.toString() === uri);
  }

  /** The cursor goes to the line it was on, wherever that line is in the other revision. */
  async #keepLine({ repository, side, path }: Place): Promise<TextDocumentShowOptions> {
    const editor = window.activeTextEditor;
    const from = editor === undefined ? undefined : await placeOf(this.#shell, editor.document.uri);
    // A row of a list may be about another file than the editor.
    if (editor === undefined || from?.repository !== repository || basename(from.path) !== basename(path)) return {};
    const { line } = editor.selection.active;
    try {
      const text = await textOf(sideUri(repository, side, path));
      const target = sameLine(editor.document.lineAt(line).text, line, text.split(/\r?\n/));
      return { selection: new Range(target, 0, target, 0) };
    } catch {
      return {};
    }
  }

  async #shown(argument: unknown): Promise<Shown | undefined> {
    const shown = await shownPlace(this.#shell, argument);
    if (shown === undefined) void window.showInformationMessage(l10n.t('Open a file of a repository first.'));
    return shown;
  }

  /** One file; of a diff its right side. */
  async #place(argument: unknown): Promise<Place | undefined> {
    const shown = await this.#shown(argument);
    return shown?.kind === 'diff' ? shown.to : shown?.place;
  }
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function at(id: string): Side {
  return { kind: 'commit', revision: id };
}

/** What git calls the place a step starts from; undefined for the working file and the index, which lie after HEAD. */
function revisionOf(side: Side): string | undefined {
  switch (side.kind) {
    case 'commit':
      return side.revision;
    case 'stash':
      return `stash@{${side.index}}`;
    case 'mergeBase':
      return `${side.a}...${side.b}`;
    default:
      return undefined;
  }
}

function end(way: 'previous' | 'next'): void {
  const text =
    way === 'previous' ? l10n.t('This is the first revision of the file.') : l10n.t('This is the working file: nothing is newer.');
  window.setStatusBarMessage(text, 4000);
}
