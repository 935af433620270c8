import { describe, expect, it } from 'vitest';
import { lensTitle } from '../../../server/git/blameLens.ts';

const commit = (author: string, authorMail: string, authorTime: number) => ({
  author,
  authorMail,
  authorTime,
  authorTz: '+0000',
  committer: author,
  committerMail: authorMail,
  committerTime: authorTime,
  committerTz: '+0000',
  summary: 'x',
});
const day = 86_400;

describe('the lens above a file', () => {
  it('names the last change and counts people by address', () => {
    const commits = [commit('Ada', 'a@x', 100 * day), commit('Bob', 'b@x', 90 * day), commit('Ada L.', 'A@x', 10 * day)];
    expect(lensTitle(commits, 121 * day * 1000)).toBe('Ada, 3 weeks ago · 2 authors');
    expect(lensTitle(commits.slice(2), 10 * day * 1000)).toBe('Ada L., just now · 1 author');
    expect(lensTitle([], 0)).toBeUndefined();
  });

  it('shows no icon that a name spells', () => {
    expect(lensTitle([commit('$(flame) Eve', 'e@x', 0)], 0)).not.toContain('$(flame)');
  });
});
