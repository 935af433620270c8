import type { ErrorClues } from './types.ts';

/** Words that stand in nearly every error or log and say nothing of what is broken. */
const common = new Set(
  `error errors exception failed failure failing fatal warning cannot could undefined null none true false function object string number
  module require import export return throw throws thrown typeerror referenceerror syntaxerror rangeerror valueerror keyerror attributeerror
  traceback recent call last line file stack process exited exit code signal status wanted found expected actual response request timeout
  timed connection connect refused reset closed socket server client host port http https localhost container service services starting started
  listening stopped running node internal modules native async await promise anonymous properties property reading read reader write undefined
  version mode info debug trace level time date message text json html body header headers data value values type types with from this that
  have been when where which while after before into does will must should would there here then than more most only other over under because
  monitor monitors incident release environment production staging application main index lib src dist usr home root opt var tmp bin panic
  goroutine caused unhandled uncaught rejection unexpected invalid unknown token tokens healthy unhealthy down pending answer answers looked look
  certificate days milliseconds seconds minutes hours utc gmt post head options patch delete null`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

const mostText = 200_000;
const mostFiles = 40;
const mostWords = 60;

/**
 * What a text of errors (messages of monitors, the end of a container's log) points at. Files as the text names them, without their folder on
 * the other machine's disk being known; words in lower case, the most telling (names of code: `cartTotal`, `db_url`) first.
 */
export function errorClues(texts: readonly string[]): ErrorClues {
  const text = texts
    .join('\n')
    .slice(-mostText)
    .replace(/\bnode:[\w/]+(?:\.js)?|\bfile:\/\/|\S*node_modules\S*/g, '');
  const files = new Set<string>();
  // `/app/web/cart.js:42:13`, `File "shop/cart.py", line 3`, `at cart.total (web/cart.ts:1)`.
  for (const [name] of text.matchAll(/(?<![\w@./\\-])[/\\]?(?:[\w@.-]+[/\\])*[\w@-][\w@.-]*\.[a-z][a-z0-9]{0,5}(?=[:"'`),\s]|$)/gi)) {
    const file = name.replaceAll('\\', '/').replace(/^(?:\.{0,2}\/)+/, '');
    if (!isHost(file) && files.size < mostFiles) files.add(file);
  }
  const code = new Map<string, number>();
  const plain = new Map<string, number>();
  const add = (to: Map<string, number>, word: string) => to.set(word, (to.get(word) ?? 0) + 1);
  for (const [word] of text.matchAll(/[A-Za-z_$][\w$]{3,60}/g)) {
    const lower = word.toLowerCase();
    if (common.has(lower) || /^[0-9a-f]{7,}$/.test(lower) || /^_+$/.test(lower)) continue;
    add(/[a-z][A-Z]|_|\$/.test(word) ? code : plain, lower);
  }
  // What is quoted is what the error is about.
  for (const [, word] of text.matchAll(/["'`]([A-Za-z_$][\w$.-]{2,60})["'`]/g)) {
    const lower = (word ?? '').toLowerCase();
    if (!common.has(lower)) add(code, lower);
  }
  const byCount = (words: Map<string, number>) => [...words].sort((a, b) => b[1] - a[1]).map(([word]) => word);
  const words = [...new Set([...byCount(code), ...byCount(plain)])].slice(0, mostWords);
  return { files: [...files], words };
}

/** `shop.example.test` looks like a file. */
function isHost(file: string): boolean {
  return !file.includes('/') && /\.(?:com|org|net|test|local|example|invalid|localhost|dev|app|eu|de|uk|internal)$/i.test(file);
}

/** Whether a path of the repository is the file that an error names: as much of both as there is, from the end. */
export function isNamed(path: string, file: string): boolean {
  const ours = path.split('/');
  const theirs = file.split('/');
  if (ours.at(-1) !== theirs.at(-1)) return false;
  // `index.js` alone is many files: another folder must fit, too, unless one of them has none.
  if (ours.length === 1 || theirs.length === 1)
    return !/^(?:index|main|mod|__init__|app)\./.test(ours.at(-1) ?? '') || ours.length === theirs.length;
  return ours.at(-2) === theirs.at(-2);
}
