import type { Forge } from './forge.ts';

/** A piece of a message that names an issue: `[start, end)` in UTF-16 units. */
export interface IssueLink {
  readonly start: number;
  readonly end: number;
  readonly id: string;
  readonly url: string;
}

/**
 * `#12`, `GH-12`, `owner/repo#12`, and `!34` where the host has it. What stands before must not be a letter of a word or an address
 * (`page#12`, `https://host/a#12`, `&#12;`); what follows must not continue a number or word (`#12ab34` is a colour).
 */
const pattern =
  /(?<![\w/&#!.@-])(?:(?<project>[A-Za-z0-9_][\w.-]*(?:\/[\w.-]+)+)?(?<sign>[#!])|(?<gh>GH-))(?<number>[1-9]\d{0,8})(?![\w;])/g;

/** Issues that a message names, in order. Pure; the addresses are built from the remote's. */
export function issueLinks(message: string, forge: Forge): IssueLink[] {
  // Bitbucket Data Center has no issues of its own.
  if (forge.selfHostedBitbucket) return [];
  const links: IssueLink[] = [];
  for (const match of message.matchAll(pattern)) {
    const { project, sign, gh, number = '' } = match.groups ?? {};
    if (gh !== undefined && forge.host !== 'github') continue;
    const tail = tailOf(forge, sign === '!', number);
    const base = project === undefined ? forge.base : baseOf(forge, project);
    if (tail === undefined || base === undefined) continue;
    links.push({ start: match.index, end: match.index + match[0].length, id: match[0], url: `${base}/${tail}` });
  }
  return links;
}

function tailOf({ host }: Forge, merge: boolean, number: string): string | undefined {
  switch (host) {
    case 'github':
      return merge ? undefined : `issues/${number}`;
    case 'gitlab':
      return merge ? `-/merge_requests/${number}` : `-/issues/${number}`;
    case 'gitea':
      return merge ? `pulls/${number}` : `issues/${number}`;
    case 'bitbucket':
      return merge ? undefined : `issues/${number}`;
  }
}

/** The page of another project on the same host; only GitLab has projects deeper than `owner/name`. */
function baseOf({ host, base }: Forge, project: string): string | undefined {
  if (host !== 'gitlab' && project.split('/').length !== 2) return undefined;
  return `${new URL(base).origin}/${project}`;
}
