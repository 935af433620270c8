// Rules of Traefik 3's HTTP routers: `Host`, `Path`, `PathPrefix`, `Header`, `&&`, `||`, `!` and parentheses, with their meaning there.

export type Rule =
  | { readonly kind: 'and' | 'or'; readonly left: Rule; readonly right: Rule }
  | { readonly kind: 'not'; readonly rule: Rule }
  | { readonly kind: 'match'; readonly name: string; readonly values: readonly string[] };

export interface Asked {
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const parameters: Readonly<Record<string, number>> = { Host: 1, Path: 1, PathPrefix: 1, Header: 2 };

/** Throws what is wrong with it. */
export function parseRule(text: string): Rule {
  const tokens = tokensOf(text);
  let at = 0;
  const take = (wanted: string) => {
    if (tokens[at] !== wanted) throw new Error(`${wanted} was expected in the rule ${text}`);
    at += 1;
  };
  const either = (): Rule => {
    let left = both();
    while (tokens[at] === '||') {
      at += 1;
      left = { kind: 'or', left, right: both() };
    }
    return left;
  };
  const both = (): Rule => {
    let left = single();
    while (tokens[at] === '&&') {
      at += 1;
      left = { kind: 'and', left, right: single() };
    }
    return left;
  };
  const single = (): Rule => {
    const token = tokens[at] ?? '';
    at += 1;
    if (token === '!') return { kind: 'not', rule: single() };
    if (token === '(') {
      const rule = either();
      take(')');
      return rule;
    }
    if (parameters[token] === undefined) throw new Error(`unsupported function: ${token}`);
    take('(');
    const values: string[] = [];
    while (tokens[at] !== ')') {
      if (values.length > 0) take(',');
      values.push((tokens[at] ?? '').slice(1, -1));
      at += 1;
      if (at > tokens.length) throw new Error(`) was expected in the rule ${text}`);
    }
    take(')');
    if (values.length !== parameters[token]) throw new Error(`${token} has ${values.length} parameters`);
    return { kind: 'match', name: token, values };
  };
  const rule = either();
  if (at !== tokens.length) throw new Error(`cannot read the rule ${text}`);
  return rule;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const pattern = /\s*(&&|\|\||[!(),]|`[^`]*`|"[^"]*"|[A-Za-z]+)\s*/y;
  for (let end = 0; end < text.length; end = pattern.lastIndex) {
    const [, token] = pattern.exec(text) ?? [];
    if (token === undefined) throw new Error(`cannot read the rule ${text}`);
    tokens.push(token);
  }
  return tokens;
}

export function matches(rule: Rule, asked: Asked): boolean {
  switch (rule.kind) {
    case 'and':
      return matches(rule.left, asked) && matches(rule.right, asked);
    case 'or':
      return matches(rule.left, asked) || matches(rule.right, asked);
    case 'not':
      return !matches(rule.rule, asked);
    case 'match':
      return matcher(rule.name, rule.values, asked);
  }
}

function matcher(name: string, [first = '', second = '']: readonly string[], { host, path, headers }: Asked): boolean {
  switch (name) {
    case 'Host':
      return host.toLowerCase() === first.toLowerCase();
    case 'Path':
      return path === first;
    case 'PathPrefix':
      return path.startsWith(first);
    default:
      return [headers[first.toLowerCase()]].flat().includes(second);
  }
}

export function hostsOf(rule: Rule): string[] {
  if (rule.kind === 'match') return rule.name === 'Host' ? [...rule.values] : [];
  return rule.kind === 'not' ? [] : [...hostsOf(rule.left), ...hostsOf(rule.right)];
}
