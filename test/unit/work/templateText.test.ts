// A checklist template as text: tags, notes, checks, and what is wrong with which line.
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../server/work/templateText.ts';

const problems = (text: string) => parseTemplate(text).problems.map(({ line, problem }) => `${line}: ${problem}`);

describe('a template', () => {
  it('has tags at the top, paragraphs as notes, checks anywhere', () => {
    const text =
      '\ufeff\nTags: ui, auth,ui\n\n# Why\nFirst line\r\n- a plain list stays\n\n\n\nSecond [ ] line\n- [ ] One\n  * [ ]  Two **bold**  \n\n- [ ] <b>Three</b>\ntags: late\n';
    expect(parseTemplate(text)).toEqual({
      tags: ['ui', 'auth'],
      notes: '# Why\nFirst line\n- a plain list stays\n\nSecond [ ] line\n\ntags: late',
      checklist: ['One', 'Two **bold**', '<b>Three</b>'],
      problems: [],
    });
    expect(parseTemplate('')).toEqual({ tags: [], notes: '', checklist: [], problems: [] });
    expect(parseTemplate('- [link](https://example.test)\n').checklist).toEqual([]);
  });

  it('says on which line what is wrong', () => {
    expect(problems('\n- [x] ticked\n- [] empty\n- [?] odd\n- [ ]\n')).toEqual([
      expect.stringMatching(/^2: .*"- \[x\]"/),
      expect.stringMatching(/^3: .*"- \[\]"/),
      expect.stringMatching(/^4: .*"- \[\?\]"/),
      expect.stringMatching(/^5: .*no text/),
    ]);
    expect(problems('tags: two words, ok')).toEqual([expect.stringMatching(/^1: A tag/)]);
    expect(problems(`one\n- [ ] ${'x'.repeat(501)}`)).toEqual([expect.stringMatching(/^2: .*500/)]);
    expect(problems(`- [ ] a\n${'x'.repeat(2001)}`)).toEqual([expect.stringMatching(/^2: .*2000/)]);
    expect(problems('fine\nnul\0here')).toEqual([expect.stringMatching(/^2: .*control/)]);
    expect(problems(Array.from({ length: 103 }, () => '- [ ] a').join('\n'))).toEqual([expect.stringMatching(/^101: .*more than 100/)]);
    expect(problems(Array.from({ length: 100 }, () => '- [ ] a').join('\n'))).toEqual([]);
  });
});
