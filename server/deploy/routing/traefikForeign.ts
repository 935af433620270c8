interface ForeignRule {
  /** From 1. */
  readonly line: number;
  /** What it matches: `Host`, or `HostSNI` of a TCP router, which takes connections before any HTTP router does. */
  readonly matcher: string;
}

/**
 * The first rule of somebody else's file that names a host. Only its text is looked at: the file may be YAML, TOML, or a template of either. What is
 * behind a `#` at the beginning of a line does not count, nor does `!Host(…)`.
 */
export function ruleFor(text: string, host: string): ForeignRule | undefined {
  const lines = text.split('\n').map((line) => (/^\s*#/.test(line) ? '' : line));
  const whole = lines.join('\n');
  for (const match of whole.matchAll(/(!\s*)?\b(Host|HostHeader|HostSNI)\s*\(([^)]*)\)/gi)) {
    const [, negated, matcher = '', given = ''] = match;
    if (negated !== undefined || !hostsIn(given).includes(host.toLowerCase())) continue;
    return { line: whole.slice(0, match.index).split('\n').length, matcher };
  }
  return undefined;
}

/** Of `` `a.test`, `b.test` ``, and of `\"a.test\"` where the rule stands in quotes itself. */
function hostsIn(given: string): string[] {
  return given.split(',').map((each) =>
    each
      .replace(/[\s`"'\\]/g, '')
      .replace(/\.$/, '')
      .toLowerCase(),
  );
}
