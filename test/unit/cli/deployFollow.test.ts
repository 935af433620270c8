// What a person reads when a run has ended.
import { describe, expect, test } from 'vitest';
import type { CommandContext } from '../../../server/cli/command.ts';
import { printEnd } from '../../../server/cli/deployFollow.ts';
import type { Deployment } from '../../../server/protocol/deployTypes.ts';

const run = { repository: '/r', run: 'run', deployments: [] };

function deployment(more: Partial<Deployment>): Deployment {
  return {
    ...{ id: '0'.repeat(16), run: 'run', project: 'shop', environment: 'production', service: 'web', commit: 'a'.repeat(40) },
    ...{ subject: 'A change', image: null, phase: 'live', state: 'live', reason: null, hint: null, actor: 'test', rollbackTo: null },
    ...{ created: 0, started: 0, liveSince: 3000, ended: 4000, ...more },
  };
}

async function ends(json: boolean, ...ended: Deployment[]) {
  const out: string[] = [];
  const error: string[] = [];
  const output = {
    style: (_: unknown, text: string) => text,
    line: async (text: string) => void out.push(text),
    json: async (value: unknown) => void out.push(JSON.stringify(value)),
    error: (text: string) => void error.push(text),
  };
  const code = await printEnd({ output, json } as unknown as CommandContext, run, ended);
  return { code, out, error };
}

describe('a run that is live', () => {
  const reason = 'The hook "after" of web failed: it ended with 1.';

  test('says nothing on standard error when all is well', async () => {
    expect(await ends(false, deployment({}))).toEqual({ code: 0, out: [expect.stringMatching(/^web {2}live {2}a+ {2}in 3/)], error: [] });
  });

  test('says what went wrong after the switch, and how to go on; it is live all the same', async () => {
    const { code, out, error } = await ends(false, deployment({ reason, hint: 'Run it by hand.' }), deployment({ service: 'api' }));
    expect({ code, lines: out.length }).toEqual({ code: 0, lines: 2 });
    expect(error).toEqual([`! web: ${reason}`, 'web: Run it by hand.']);
  });

  test('with --json too: the answer is one document', async () => {
    const { code, out, error } = await ends(true, deployment({ reason }));
    expect({ code, documents: out.length }).toEqual({ code: 0, documents: 1 });
    expect(error).toEqual([`! web: ${reason}`]);
  });
});
