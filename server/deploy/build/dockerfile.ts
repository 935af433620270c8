/** An instruction that the classic builder does not know. `line`: from 1. */
export interface NeedsBuildKit {
  readonly line: number;
  readonly what: string;
}

const flags: Readonly<Record<string, RegExp>> = {
  RUN: /^--(mount|network|security|device)\b/,
  COPY: /^--(chmod|link|parents|exclude)\b/,
  ADD: /^--(chmod|link|checksum|keep-git-dir|exclude)\b/,
};

/** What of a Dockerfile needs BuildKit, in order: flags of RUN, COPY and ADD, and here-documents. */
export function needsBuildKit(text: string): NeedsBuildKit[] {
  const found: NeedsBuildKit[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    const [, word = '', rest = ''] = /^\s*([A-Za-z]+)\s+(.*)$/.exec(lines[index] ?? '') ?? [];
    const instruction = word.toUpperCase();
    const unknown = flags[instruction];
    for (const part of rest.split(/\s+/)) {
      if (!part.startsWith('--')) break;
      const flag = unknown?.exec(part)?.[0];
      if (flag !== undefined) found.push({ line, what: `${instruction} ${flag}` });
    }
    const marker = unknown === undefined ? undefined : /<<-?\s*(["']?)([A-Za-z_]\w*)\1/.exec(rest)?.[2];
    if (marker !== undefined) {
      const end = lines.findIndex((each, at) => at > index && each.trim() === marker);
      if (end > 0) {
        found.push({ line, what: `${instruction} <<${marker}` });
        index = end;
        continue;
      }
    }
    // The lines that continue an instruction are no instructions.
    while (/\\\s*$/.test(lines[index] ?? '') && index + 1 < lines.length) index++;
  }
  return found;
}
