/** A piece of text that looks like a secret. Offsets are in UTF-16 units of the text it was found in. */
export interface Match {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
  readonly secret: string;
}

/** What must be in a text for any rule of secretlint's preset to find something: the engine is loaded only then. */
const worthLooking =
  /PRIVATE\sKEY|(?:SECRET|Secret|secret)_?(?:ACCESS|Access|access)_?(?:KEY|Key|key)|x-oauth-basic|_authToken|npm_|xox[abopr]-|xapp-|hooks\.slack|:\/\/[^\s/:@]+:[^\s@]+@|T3BlbkFJ|sk-ant-|gsk_|hf_|lin_api_|ntn_|\bSG\.|shp(?:pa|ca|at|ss)_|gh[opsur]_|github_pat_|glpat-|glc_|glsa_|ops_ey|hv[brs]\.|vc[acikpr]_|dapi|dckr_pat_|figd_|private_key_id/i;

export function isWorthLooking(text: string): boolean {
  return worthLooking.test(text);
}

/** Our own: keys that stand alone. What secretlint's preset finds as well is reported once. */
export function ownMatches(text: string): Match[] {
  const matches: Match[] = [];
  const key =
    /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:\\r|\\n|\s|["'+,])+(?:[\w-]{1,30}: [^\n]{0,200}\s+){0,3}[A-Za-z0-9+/=]{40,}/g;
  for (const { index, 0: found } of text.matchAll(key)) {
    const end = text.indexOf('-----END', index);
    const stop = end > 0 && end - index < 20_000 ? end : index + found.length;
    matches.push({ rule: 'private-key', start: index, end: stop, secret: text.slice(index, stop) });
  }
  return matches;
}

/**
 * Values of names like `password` that look random. Too often they are no secrets to stop a commit: they are said as warnings, without
 * the value.
 */
export function* suspicions(text: string): Generator<{ name: string; start: number }> {
  const assigned =
    /([\w.-]{0,40}(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)[\w-]{0,20})["'`]?\s{0,4}(?:[:=]|=>|:=)\s{0,4}(["'`])([^"'`\s\\]{16,120})\2/gi;
  for (const { index, 1: name = '', 3: value = '', 0: found } of text.matchAll(assigned)) {
    if (looksRandom(value)) yield { name: name.slice(-40), start: index + found.length - value.length - 1 };
  }
}

/** Whether a value is what a machine makes up: passwords and keys, no words, no paths. */
export function looksRandom(value: string): boolean {
  if (isPlaceholder(value) || /[${}<>()]|:\/\/|^[./]|[/.]$|\.\w{1,4}$/.test(value)) return false;
  // Words with separators, a name in camel case: a person wrote them.
  if (!/\d/.test(value) || !/[a-z]/i.test(value) || /^[a-z]+(?:[._-][a-z0-9]+)+$/i.test(value)) return false;
  return entropy(value) >= 3.7;
}

/** Shannon's, in bits a character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const each of text) counts.set(each, (counts.get(each) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Whether a value only stands where a real one belongs. */
export function isPlaceholder(value: string): boolean {
  return (
    /^(?:.{0,2}|\*+|x+|\.+|-+|(?:your|my|the|some|a)?[-_]?(?:db)?[-_]?(?:user(?:name)?|pass(?:word|wd)?|pwd|secret|token|key|test|demo|dummy|admin|root|guest|postgres|mysql|mongo|change[-_]?me|change[-_]?it|placeholder|redacted|hunter2))$/i.test(
      value,
    ) || /example|placeholder|changeme|redacted|xxxx|\*{3}|1234567|abcdef|dummy|^[$%{<]|[}>]$/i.test(value)
  );
}

/** Addresses with a password that is none: an example, a variable, a service on the same machine. */
export function isHarmless({ rule, secret }: { rule: string; secret: string }): boolean {
  if (rule !== 'basicauth' && rule !== 'database-connection-string') return /EXAMPLE(?:KEY)?\b|(?:x{8}|\*{4}|X{8})/.test(secret);
  const address = secret.match(/:\/\/([^\s:/]*):([^\s@/]*)@(\[[^\]]*\]|[^\s/?#:,]*)/);
  if (address === null) return true;
  const [, user = '', password = '', host = ''] = address;
  return (
    isPlaceholder(password) ||
    password === user ||
    /^(?:localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0|.*\.(?:example|test|invalid|localhost))$/i.test(host)
  );
}

const services: Readonly<Record<string, string>> = {
  aws: 'AWS',
  gcp: 'Google Cloud',
  npm: 'npm',
  slack: 'Slack',
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  groq: 'Groq',
  huggingface: 'Hugging Face',
  linear: 'Linear',
  notion: 'Notion',
  sendgrid: 'SendGrid',
  shopify: 'Shopify',
  github: 'GitHub',
  gitlab: 'GitLab',
  grafana: 'Grafana',
  '1password': '1Password',
  'hashicorp-vault': 'Vault',
  vercel: 'Vercel',
  databricks: 'Databricks',
  docker: 'Docker',
  figma: 'Figma',
};

/** What a rule of the preset finds, in words. Its own messages hold the secret. */
export function wordsOf(rule: string): string {
  if (rule === 'privatekey' || rule === 'private-key') return 'a private key';
  if (rule === 'basicauth') return 'an address with a password';
  if (rule === 'database-connection-string') return 'the address of a database with a password';
  return `a secret of ${services[rule] ?? rule}`;
}
