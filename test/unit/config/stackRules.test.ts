// Stacks in hearth.yaml: what is read, and what cannot be.
import { expect, test } from 'vitest';
import { parseHearth } from '../../../server/config/hearthParser.ts';
import { problemsOf } from './hearthText.ts';

const text = (service = '') =>
  `version: 1\nproject: shop\nservices:\n  back:\n    kind: stack\n${service === '' ? '' : `${service.replace(/^/gm, '    ')}\n`}environments:\n  production: {}\n`;

test('a stack is read with its compose file, profiles, values and the time it must run', () => {
  const whole =
    'compose: ./deploy/compose.yaml\nprofiles: [web]\nsecrets: [TOKEN]\nhealth: { healthy_for: 2s, deadline: 1m }\nsmoke: [{ http: "http://127.0.0.1:8080/" }]';
  const { config, problems } = parseHearth(text(whole), 'x');
  expect(problems).toEqual([]);
  expect(config?.services['back']).toMatchObject({
    kind: 'stack',
    replicas: 0,
    source: { kind: 'commit' },
    stack: { compose: 'deploy/compose.yaml', profiles: ['web'] },
    health: { healthyFor: 2000, deadline: 60_000 },
  });
  expect(parseHearth(text(), 'x').config?.services['back']?.stack).toEqual({ compose: 'compose.yaml', profiles: [] });
});

test.each([
  ['compose: ../compose.yaml', 'path: The path `../compose.yaml` must not contain'],
  ['profiles: ["a b"]', 'value: `a b` is no name of a profile'],
  ['health: { http: / }', 'kind: The Swarm looks after the health of a stack'],
  ['health: { healthy_for: 2m, deadline: 1m }', 'no version could ever go live'],
  ['smoke: [{ http: / }]', 'Hearth does not know which service of a stack answers'],
  ['smoke: [{ command: "true" }]', 'A stack has many images'],
  ['image: nginx', '`image` is for a container, and this is a stack.'],
  ['route: { host: a.test }', '`route` is for a container, and this is a stack.'],
])('%s is wrong', (service, problem) => {
  expect(problemsOf(text(service)).join('\n')).toContain(problem);
});
