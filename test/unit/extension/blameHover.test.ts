import { describe, expect, test } from 'vitest';
import { type CommitCard, commandAddress, type HoverInput, writeCommitHover } from '../../../extension/git/commitHover.ts';
import { asCommitTarget, asLineTarget } from '../../../extension/git/lineActionsTarget.ts';

/** Keeps by which door each text came: `markdown` may become a link, the other two cannot. */
class Recorder {
  readonly markdown: string[] = [];
  readonly text: string[] = [];
  readonly code: string[] = [];
  appendMarkdown(part: string): void {
    this.markdown.push(part);
  }
  appendText(part: string): void {
    this.text.push(part);
  }
  appendCodeblock(part: string): void {
    this.code.push(part);
  }
}

const id = 'a'.repeat(40);
const hostile = [
  '[click](command:workbench.action.terminal.new)',
  '![x](https://evil.test/pixel.png)',
  '<img src=x onerror=alert(1)>',
  '<a href="command:x">y</a>',
  '](command:x) $(trash)',
  '```\n[z](command:x)\n```',
];

function input(over: { message?: string; author?: string; change?: CommitCard['change']; issues?: CommitCard['issues'] }): HoverInput {
  const author = over.author ?? 'Ada';
  const facts = {
    author,
    authorMail: '<a@b>',
    authorTime: 1,
    authorTz: '+0000',
    committer: over.author ?? 'Ada',
    committerMail: '',
    committerTime: 1,
    committerTz: '+0000',
    summary: 'Summary',
  };
  const row = { id, parents: [], author, authorMail: '', authorTime: 1, committerTime: 1, subject: '', refs: [] };
  const card: CommitCard = {
    commit: row,
    committer: author,
    committerMail: '',
    message: over.message ?? 'Message',
    issues: over.issues ?? [],
    ...(over.change === undefined ? {} : { change: over.change }),
  };
  return {
    commit: id,
    facts,
    card,
    links: [{ label: '$(diff) Diff', title: 'Diff', command: commandAddress('hearth.git.diffLineWithPrevious', { path: 'a' }) }],
    now: 100,
    language: 'en',
    words: { committedBy: 'committed by', change: 'This line:' },
  };
}

function written(given: HoverInput): Recorder {
  const recorder = new Recorder();
  writeCommitHover(recorder, given);
  return recorder;
}

describe('the hover and a hostile repository', () => {
  test('no door for markup is open to a message, a name or a line', () => {
    const message = hostile.join('\n');
    const recorder = written(input({ message, author: hostile.join(' '), change: { before: hostile, after: hostile } }));
    const ours = recorder.markdown.join('');
    // Only our own button is a link, and nothing of the message came by that door.
    expect(ours.match(/\]\((?!https:)/g)).toHaveLength(1);
    expect(ours.replaceAll('](https://evil.test/pixel.png)', '')).not.toMatch(/evil|img|trash|terminal|```|<a|<img/);
    // All of it is shown, as text.
    const shown = recorder.text.join('').replaceAll('\u200b', '');
    for (const line of message.split('\n')) expect(shown.replaceAll(' ', '')).toContain(line.replaceAll(' ', ''));
    expect(recorder.code.join('')).toContain('onerror');
  });

  test('bare addresses lead where they say; other schemes, tags and mail addresses stay text', () => {
    const recorder = written(input({ message: 'See https://host.test/a_(b)?c=1#d, http://plain.test www.plain.test me@plain.test <b>' }));
    const ours = recorder.markdown.join('');
    expect(ours).toContain('](https://host.test/a_)');
    expect(ours).not.toContain('plain.test');
    const text = recorder.text.join('');
    for (const lead of ['http://', 'www.', 'me@p', '<b']) expect(text).not.toContain(lead);
    expect(text.replaceAll('\u200b', '')).toContain('http://plain.test');
  });

  test('issue links lead to https only, and cannot end early', () => {
    const message = 'Fix #12, #13, #14 and #15';
    const issue = (text: string, url: string) => ({
      start: message.indexOf(text),
      end: message.indexOf(text) + text.length,
      id: text,
      url,
    });
    const recorder = written(
      input({
        message,
        issues: [
          issue('#12', 'https://host.test/a/b/issues/12'),
          issue('#13', 'http://host.test/13'),
          issue('#14', 'command:workbench.action.quit'),
          issue('#15', 'https://host.test/a)[x](command:y)/15'),
        ],
      }),
    );
    const ours = recorder.markdown.join('');
    expect(ours).toContain('](https://host.test/a/b/issues/12)');
    expect(ours).not.toContain('http://host.test/13');
    expect(ours).not.toContain('quit');
    expect(ours).toContain('](https://host.test/a%29%5Bx%5D%28command:y%29/15)');
    expect(recorder.text.join('')).toContain('#13');
  });

  test('overlapping or absurd issue ranges do not break the text', () => {
    const message = 'One #1 two';
    const url = 'https://host.test/1';
    const issues = [
      { start: 4, end: 6, id: '#1', url },
      { start: 5, end: 8, id: 'x', url },
      { start: -3, end: 2, id: 'x', url },
      { start: 4, end: 400, id: 'x', url },
    ];
    const recorder = written(input({ message, issues }));
    expect(recorder.text.join('').replaceAll('\u200b', '')).toContain('One#1two');
    expect(recorder.markdown.filter((part) => part.startsWith('](https'))).toHaveLength(1);
  });

  test('a path in a link is encoded to the last bracket, and comes back unharmed', () => {
    const path = "src/a)[x](command:evil?1) 'b' * _c_ ~.ts";
    const address = commandAddress('hearth.git.showCommit', { path });
    expect(address).toMatch(/^command:hearth\.git\.showCommit\?[\w%.-]*$/);
    expect(address.slice('command:hearth.git.showCommit?'.length)).not.toMatch(/[()[\]'*_~\s]/);
    expect(JSON.parse(decodeURIComponent(address.split('?')[1] ?? ''))).toEqual([{ path }]);
  });

  test('a very long message is cut', () => {
    const recorder = written(input({ message: Array.from({ length: 500 }, (_, index) => `line ${index} ${'x'.repeat(1000)}`).join('\n') }));
    expect(recorder.text.join('').length).toBeLessThan(10_000);
  });
});

describe('arguments of commands', () => {
  const whole = {
    repository: '/r',
    commit: id,
    path: 'a.ts',
    line: 3,
    previous: { commit: id, path: 'b.ts' },
    shown: { path: 'a.ts', line: 5 },
  };

  test('a whole target is taken', () => {
    expect(asLineTarget(whole)).toEqual(whole);
    expect(asCommitTarget({ repository: '/r', commit: id })).toEqual({ repository: '/r', commit: id });
  });

  test.each([
    undefined,
    null,
    'text',
    { ...whole, commit: '--output=x' },
    { ...whole, commit: 'HEAD' },
    { ...whole, line: 0 },
    { ...whole, line: 1.5 },
    { ...whole, repository: '' },
    { ...whole, previous: { commit: '-x', path: 'b' } },
    { ...whole, shown: { path: 1, line: 1 } },
  ])('%j is not', (value) => expect(asLineTarget(value)).toBeUndefined());
});
