/** Masks what looks like a secret in text that is kept or shown: a second line of defence, for nothing of ours logs one on purpose. */

const mask = '***';

const patterns: readonly (readonly [RegExp, string])[] = [
  // `https://user:password@host`, `ssh://token@host` with something long enough to be a token.
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)(?:[^\s/@:'"]{0,200}:[^\s/@'"]{1,500}|[\w-]{20,500})@/gi, `$1${mask}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${mask}`],
  // In JSON, the whole value; then what follows the name of a secret: `token=…`.
  [
    /("[\w-]{0,60}(?:token|secret|passw(?:or)?d|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)"\s*:\s*")(?:[^"\\]|\\.)+"/gi,
    `$1${mask}"`,
  ],
  [
    /\b([\w-]{0,60}(?:token|secret|passw(?:or)?d|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credentials?))(["']?\s*[=:]\s*["']?)(?!\*\*\*)[^\s"'&,;]{4,}/gi,
    `$1$2${mask}`,
  ],
  // Addresses that are secrets themselves: chat hooks, bots, push monitors.
  [/\b(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]+/gi, `$1${mask}`],
  [/\b(discord(?:app)?\.com\/api\/(?:v\d{1,3}\/)?webhooks\/)[\w/-]+/gi, `$1${mask}`],
  [/\b(api\.telegram\.org\/bot)[\w:-]+/gi, `$1${mask}`],
  [/(\/push\/)[\w-]{12,}/g, `$1${mask}`],
  // Tokens known by their beginning.
  [
    /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|AKIA[0-9A-Z]{16}|npm_[A-Za-z0-9]{30,}|sk-[\w-]{20,})/g,
    mask,
  ],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, mask],
];

const secretName =
  /(?:token|secret|passw(?:or)?d|passphrase|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|authorization|cookie)$/i;
/** Cheap: most lines hold nothing of the kind. */
const suspicious = /[@=:]|\/push\/|(?:gh[pousr]|github_pat|npm)_|glpat-|xox|AKIA|sk-|-----BEGIN|Bearer|Basic/i;

export function maskText(text: string): string {
  if (!suspicious.test(text)) return text;
  let masked = text;
  for (const [pattern, by] of patterns) masked = masked.replace(pattern, by);
  return masked;
}

/** Fields of a log line: values of names that mean a secret go whole, texts as `maskText` does, also in what they hold. */
export function maskFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, maskValue(name, value, 0)]));
}

function maskValue(name: string, value: unknown, depth: number): unknown {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return secretName.test(name) ? mask : maskText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || depth > 5) return maskText(String(value));
  if (value instanceof Error) return maskText(value.stack ?? value.message);
  if (Array.isArray(value)) return value.map((each) => maskValue(name, each, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, maskValue(key, each, depth + 1)]));
}
