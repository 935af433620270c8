/** What a Dockerfile says of the image it makes: enough to write a service for it. */
export interface DockerfileFacts {
  /** The first TCP port of EXPOSE in the last stage. */
  readonly port?: number;
  /** The last stage has a HEALTHCHECK. */
  readonly healthcheck: boolean;
  /** What COPY and ADD take from the context; no patterns, no addresses. */
  readonly sources: readonly string[];
}

/** Reads the text of a Dockerfile, leniently: what is not understood is passed over. */
export function readDockerfile(text: string): DockerfileFacts {
  const values = new Map<string, string>();
  let port: number | undefined;
  let healthcheck = false;
  const sources: string[] = [];
  for (const [, name = '', rest = ''] of instructions(text).matchAll(/^\s*([A-Za-z]+)\s+(.*)$/gm)) {
    const words = filled(rest, values).trim();
    switch (name.toUpperCase()) {
      case 'FROM':
        port = undefined;
        healthcheck = false;
        break;
      case 'ARG':
      case 'ENV':
        for (const [, key = '', value = ''] of words.matchAll(/([A-Za-z_]\w*)(?:=|\s+)"?([^\s"]*)"?/g)) values.set(key, value);
        break;
      case 'EXPOSE':
        port ??= words.split(/\s+/).flatMap((word) => Number(word.match(/^(\d{1,5})(\/tcp)?$/)?.[1] ?? []))[0];
        break;
      case 'HEALTHCHECK':
        healthcheck = !/^NONE\b/i.test(words);
        break;
      case 'COPY':
      case 'ADD':
        sources.push(...copied(words));
        break;
    }
  }
  return { ...(port === undefined || port < 1 || port > 65_535 ? {} : { port }), healthcheck, sources };
}

/** Without comments, a continued instruction on one line. */
function instructions(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(/^\s*#.*\n?/gm, '')
    .replaceAll(/\\\n/g, ' ');
}

function filled(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(?:\{([A-Za-z_]\w*)(?::-([^}]*))?\}|([A-Za-z_]\w*))/g, (whole, braced, fallback, plain) => {
    return values.get(braced ?? plain) ?? fallback ?? whole;
  });
}

function copied(words: string): string[] {
  const parts = words.startsWith('[') ? [...words.matchAll(/"([^"]*)"/g)].map(([, part = '']) => part) : words.split(/\s+/);
  if (parts.some((part) => part.startsWith('--from'))) return [];
  const paths = parts.filter((part) => !part.startsWith('--')).slice(0, -1);
  return paths.filter((path) => !/[*?[$<]|:\/\//.test(path)).map((path) => path.replace(/^\.?\//, '').replace(/\/$/, '') || '.');
}
