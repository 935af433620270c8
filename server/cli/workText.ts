import type { Item, ItemRow, ItemState } from '../protocol/work.ts';
import { shownTime } from '../time.ts';
import type { CommandContext } from './command.ts';
import type { Output } from './output.ts';
import { column, oneLine, plain } from './text.ts';

/** Work items for a person at a terminal. */

const colours: Readonly<Record<ItemState, 'cyan' | 'green' | 'magenta' | 'dim' | 'red'>> = {
  planned: 'cyan',
  started: 'green',
  review: 'magenta',
  done: 'dim',
  canceled: 'red',
};

/** Items as aligned rows: number, state, type, checks, when it last changed, title and what belongs to it. */
export function itemRows(rows: readonly ItemRow[], { output, options }: CommandContext): string[] {
  const iso = options['iso'] === true;
  const width = Math.max(...rows.map(({ id }) => String(id).length)) + 1;
  const types = Math.max(...rows.map(({ type }) => type.length));
  return rows.map((row) => {
    const { done, total } = row.checks;
    const cells = [
      output.style('yellow', `#${row.id}`.padStart(width)),
      output.style(colours[row.state], column(row.state, 8)),
      column(row.type, types),
      column(total === 0 ? '' : `${done}/${total}`, 5),
      output.style('dim', column(shownTime(seconds(row.updated), iso), iso ? 20 : 14)),
    ];
    return `${cells.join('  ')}  ${oneLine(row.title)}${belongings(row, output)}`;
  });
}

/** Branch, assignee, due date and tags, behind the title. */
function belongings({ branch, assignee, due, tags, state }: ItemRow, output: Output): string {
  const late = due !== null && state !== 'done' && state !== 'canceled' && due < today();
  const parts = [
    ...(branch === null ? [] : [output.style('green', `(${oneLine(branch)})`)]),
    ...(assignee === null ? [] : [output.style('blue', `@${oneLine(assignee)}`)]),
    ...(due === null ? [] : [output.style(late ? 'red' : 'dim', `${late ? 'was due' : 'due'} ${due}`)]),
    ...tags.map((tag) => output.style('dim', `+${oneLine(tag)}`)),
  ];
  return parts.map((part) => `  ${part}`).join('');
}

/** One item with everything that is kept of it. */
export function itemText(item: Item, { output, options }: CommandContext): string {
  const iso = options['iso'] === true;
  const head = (text: string) => output.style('bold', text);
  const when = (time: number) => shownTime(seconds(time), iso);
  const { branch, base, merged } = item;
  const facts: [string, string][] = [
    ['state', `${output.style(colours[item.state], item.state)}, ${item.type}`],
    ...fact('branch', branch === null ? '' : `${oneLine(branch)}${base === null ? '' : ` from ${oneLine(base)}`}`),
    ...fact(
      'merged',
      merged === null
        ? ''
        : `into ${oneLine(merged.into)} (${merged.how}${merged.commit === undefined ? '' : `, ${merged.commit.slice(0, 10)}`}), ${when(merged.time)}`,
    ),
    ...fact('assignee', oneLine(item.assignee ?? '')),
    ...fact('due', item.due ?? ''),
    ...fact('tags', item.tags.map(oneLine).join(', ')),
    ['created', when(item.created)],
    ...fact('started', item.started === null ? '' : when(item.started)),
    ...fact('closed', item.closed === null ? '' : when(item.closed)),
  ];
  const sections = [
    `${output.style('yellow', `#${item.id}`)} ${head(oneLine(item.title))}\n${facts.map(([name, value]) => `${output.style('dim', column(name, 10))}${value}`).join('\n')}`,
    ...(item.notes === '' ? [] : [indented(item.notes)]),
    ...(item.checklist.length === 0
      ? []
      : [[head(`Checklist ${item.checks.done}/${item.checks.total}`), ...checklistLines(item, output)].join('\n')]),
    ...(item.commentList.length === 0
      ? []
      : [
          [
            head('Comments'),
            ...item.commentList.map(
              (each) =>
                `${output.style('blue', oneLine(each.author))}, ${when(each.time)}${each.edited === undefined ? '' : ', edited'}\n${indented(each.text)}`,
            ),
          ].join('\n'),
        ]),
    ...(item.commitList.length === 0 ? [] : [[head('Commits'), ...commitLines(item, output, iso)].join('\n')]),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Numbered from 1, as `hearth work check` takes them. */
export function checklistLines({ checklist }: Item, output: Output): string[] {
  const width = String(checklist.length).length;
  return checklist.map(({ text, done }, index) => {
    const number = output.style('dim', String(index + 1).padStart(width + 2));
    return `${number} ${done ? output.style('green', '✓') : '☐'} ${oneLine(text)}`;
  });
}

function commitLines({ commitList }: Item, output: Output, iso: boolean): string[] {
  return commitList.map(
    ({ id, subject, author, authorTime }) =>
      `  ${output.style('yellow', id.slice(0, 10))}  ${output.style('dim', column(shownTime(authorTime, iso), iso ? 20 : 14))}  ${output.style('blue', column(oneLine(author), 18))}  ${oneLine(subject)}`,
  );
}

function fact(name: string, value: string): [string, string][] {
  return value === '' ? [] : [[name, value]];
}

function indented(text: string): string {
  return plain(text)
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

function today(): string {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}
