// Secrets of what is really deployed (fault 17): the container has them, in variables and files; nothing else shows them, whatever the container,
// a hook or a health check prints.
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import * as variables from '../../../server/protocol/variables.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { filesHolding } from '../../support/filesHolding.ts';

const token = 'tok/en+with=odd"char$s';
const later = 'the-next-token-of-all';
const key = '-----BEGIN KEY-----\nabcdefghijklmnopqrstuvwxyz\n-----END KEY-----\n';
const secretTexts = [token, later, 'abcdefghijklmnopqrstuvwxyz', Buffer.from(token).toString('base64'), JSON.stringify(token).slice(1, -1)];

const chatty = `
command: ["/bin/sh", "-c", "echo says $TOKEN; echo url $URL; printf %s \\"$TOKEN\\" | base64; cat /run/secrets/TLS_KEY; exec /bin/sh /run.sh"]
hooks: { before: "echo hook $TOKEN; cat /run/secrets/TLS_KEY" }
variables: { URL: "https://user:\${TOKEN}@example.test/", LEVEL: "\${HEARTH_ENVIRONMENT}-\${HEARTH_COMMIT}" }
secrets: [TOKEN, { name: TLS_KEY, as: file }]
`;
const services = { web: { more: chatty } };

describeDocker('secrets of a deployment', () => {
  let bench: DeployBench;
  let live = '';
  const container = () => `hearth-${bench.project}-production-web-${live.slice(0, 12)}`;
  beforeAll(async () => {
    bench = await DeployBench.open();
  });
  afterAll(() => bench?.dispose());

  const set = (values: Record<string, string>) => bench.send(variables.set, { environment: 'production', values, secret: true });

  /** Neither the home (logs, journal, state, socket files) nor what the engine tells of images, labels, arguments shows one. */
  function expectNothingShown(answers: unknown): void {
    const said = JSON.stringify(answers);
    const images = bench
      .docker('images', '-q', '--filter', `reference=hearth/${bench.project}-*`)
      .split('\n')
      .filter((id) => id !== '');
    expect(images).not.toEqual([]);
    const history = [...new Set(images)].map((id) => bench.docker('history', '--no-trunc', id) + bench.docker('inspect', id)).join('\n');
    const labels = bench.docker(
      'ps',
      '-a',
      '--no-trunc',
      '--format',
      '{{.Labels}} {{.Command}}',
      '--filter',
      `label=hearth.project=${bench.project}`,
    );
    for (const secret of secretTexts) {
      expect(said).not.toContain(secret);
      expect(history).not.toContain(secret);
      expect(labels).not.toContain(secret);
      expect(filesHolding(bench.home.path, secret), secret).toEqual([]);
    }
  }

  test('that are missing are in the way of it, by name', async () => {
    bench.version('1', 'good', services);
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.blockers.map(({ code, message }) => [code, message.split('.')[0]])).toEqual([
      ['variable', 'The secret TLS_KEY of web is not set for production'],
      ['variable', 'The secret TOKEN of web is not set for production'],
      ['variable', 'URL needs TOKEN, which is not set for production'],
    ]);
    expect(await bench.refusal(deploy.run, { environment: 'production' })).toMatchObject({ data: { reason: 'precondition' } });
  });

  test('are in the container, as variables and files, and masked in all that is logged', async () => {
    await set({ TOKEN: token, TLS_KEY: key });
    const refused = await bench.refusal(deploy.run, { environment: 'production', overrides: { TOKEN: later } });
    expect(refused.message).toContain('TOKEN is a secret and cannot be given for one deployment');
    const { run } = await bench.send(deploy.run, { environment: 'production' });
    const [made] = await bench.ended(run);
    expect(made).toMatchObject({ state: 'live', reason: null });
    live = made?.id ?? '';
    // As a program in the container sees them.
    expect(bench.docker('exec', container(), '/bin/sh', '-c', 'printf %s "$TOKEN"')).toBe(token);
    expect(bench.docker('exec', container(), '/bin/sh', '-c', 'printf %s "$URL"')).toBe(`https://user:${token}@example.test/`);
    expect(bench.docker('exec', container(), '/bin/sh', '-c', 'printf %s "$LEVEL"')).toBe(`production-${made?.commit}`);
    expect(`${bench.docker('exec', container(), 'cat', '/run/secrets/TLS_KEY')}\n`).toBe(key);
    expect(bench.docker('inspect', '--format', '{{.Config.Env}}', container())).not.toContain('abcdefghijkl');
    // The engine may hear it after the port is open.
    await expect.poll(() => bench.log(live)).toContain('container: url ***');
    const log = await bench.log(live);
    expect(log).toContain('hook: hook ***');
    expect(log).toContain('container: says ***');
    expect(log).toContain('container: url ***');
    const shown = await bench.send(deploy.show, { id: live });
    const events = await bench.home.rpc('events/list', { limit: 1000 });
    expectNothingShown([log, shown, events, await bench.send(deploy.status, {}), await bench.send(variables.list, {})]);
  });

  test('that a failing health check prints are in no reason, probe or event', async () => {
    await set({ TOKEN: later });
    const health = `{ command: ["/bin/sh", "-c", "echo bad $TOKEN; exit 1"], interval: 50ms, timeout: 20s, healthy_for: 200ms, deadline: 4s }`;
    bench.version('2', 'good', { web: { more: chatty, health } });
    const [made] = await bench.deploy();
    expect(made).toMatchObject({ state: 'failed', reason: expect.stringContaining('bad ***') });
    const shown = await bench.send(deploy.show, { id: made?.id ?? '' });
    expect(shown.deployment.probes.at(-1)).toMatchObject({ ok: false, message: 'bad ***' });
    const log = await bench.log(made?.id ?? '');
    expect(log).toContain('container: says ***');
    expectNothingShown([made, shown, log, await bench.home.rpc('events/list', { limit: 1000 })]);
    // What serves on has the earlier one still.
    expect(bench.docker('exec', container(), '/bin/sh', '-c', 'printf %s "$TOKEN"')).toBe(token);
  });
});
