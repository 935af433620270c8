/** A checklist template: a Markdown file with `tags: a, b` at the top, paragraphs that become the notes, `- [ ] text` lines. */

export interface TemplateText {
  readonly notes: string;
  readonly tags: string[];
  readonly checklist: string[];
  readonly problems: readonly { readonly line: number; readonly problem: string }[];
}

const [mostChecks, mostTags, longestCheck, longestNotes] = [100, 30, 500, 2000];
// Whatever stands in the brackets: what is no `[ ]` was meant as one.
const check = /^\s*[-*+]\s+\[([^\]]{0,3})\](?!\()\s*(.*)$/;

/** Lines are counted from 1. What is wrong is left out of the rest. */
export function parseTemplate(text: string): TemplateText {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  const tags: string[] = [];
  const notes: string[] = [];
  const checklist: string[] = [];
  const problems: { line: number; problem: string }[] = [];
  const wrong = (index: number, problem: string) => void problems.push({ line: index + 1, problem });
  let notesFrom: number | undefined;
  for (const [index, raw] of lines.entries()) {
    const line = raw.trimEnd();
    const listed = check.exec(line);
    const named = /^tags:(.*)$/i.exec(line);
    if (/[\0-\x08\x0b-\x1f\x7f]/.test(line)) wrong(index, 'It holds a control character.');
    else if (named !== null && lines.slice(0, index).every((before) => before.trim() === '')) {
      for (const tag of (named[1] ?? '').split(',').map((each) => each.trim())) {
        if (tag === '' || tags.includes(tag)) continue;
        if (/\s/.test(tag) || tag.length > 50) wrong(index, 'A tag has at most 50 characters and no spaces.');
        else tags.push(tag);
      }
      if (tags.length > mostTags) wrong(index, `There are more than ${mostTags} tags.`);
    } else if (listed !== null) {
      const [, mark, rest = ''] = listed;
      if (mark !== ' ') wrong(index, `A check begins with "- [ ]", not with "- [${mark}]".`);
      else if (rest.trim() === '') wrong(index, 'This check has no text.');
      else if (rest.trim().length > longestCheck) wrong(index, `This check is longer than ${longestCheck} characters.`);
      else if (checklist.length === mostChecks) wrong(index, `There are more than ${mostChecks} checks.`);
      else checklist.push(rest.trim().replace(/\t/g, ' '));
      if (problems.length > 0 && checklist.length === mostChecks) break;
    } else {
      if (line !== '') notesFrom ??= index;
      notes.push(line);
    }
  }
  const written = notes
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  if (written.length > longestNotes) wrong(notesFrom ?? 0, `The notes are longer than ${longestNotes} characters.`);
  return { notes: written, tags, checklist, problems };
}
