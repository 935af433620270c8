/** Which files of a context are left out, as Docker understands `.dockerignore`: the last pattern that matches a path or a folder above it decides. */
export function dockerignore(text: string): (path: string) => boolean {
  const rules = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(ruleOf)
    .filter((rule) => rule !== undefined);
  if (rules.length === 0) return () => false;
  return (path) => {
    const above = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    let ignored = false;
    for (const { keep, matches } of rules) if (ignored === keep && above.some((each) => matches.test(each))) ignored = !keep;
    return ignored;
  };
}

interface Rule {
  readonly keep: boolean;
  readonly matches: RegExp;
}

function ruleOf(line: string): Rule | undefined {
  const keep = line.startsWith('!');
  const pattern = clean(keep ? line.slice(1).trim() : line);
  // The context itself cannot be left out.
  if (pattern === '') return undefined;
  try {
    return { keep, matches: new RegExp(`^${source(pattern)}$`, 's') };
  } catch {
    return undefined;
  }
}

/** As Go's `filepath.Clean`, without a leading slash. */
function clean(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/').replace(/^(?:\.\.\/)+/, '');
}

function source(pattern: string): string {
  let text = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    if (character === '*' && pattern[at + 1] === '*') {
      at++;
      if (pattern[at + 1] === '/') at++;
      text += at + 1 >= pattern.length ? '.*' : '(?:.*/)?';
    } else if (character === '*') text += '[^/]*';
    else if (character === '?') text += '[^/]';
    else if (character === '[' && pattern.indexOf(']', at + 2) > 0) {
      const end = pattern.indexOf(']', at + 2);
      text += `[${pattern
        .slice(at + 1, end)
        .replace(/\\/g, '\\\\')
        .replace(/\[/g, '\\[')}]`;
      at = end;
    } else if (character === '\\' && at + 1 < pattern.length) text += literal(pattern[++at] ?? '');
    else text += literal(character);
  }
  return text;
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
