// Where the values of secrets go in a deployment: into the container, and nowhere else.
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import * as variables from '../../../server/protocol/variables.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { filesHolding } from '../../support/filesHolding.ts';

const token = 'tok-7f3a9c-very-secret';
const key = 'line one of the key\nline two of the key\n';

describeDocker('secrets in a deployment', () => {
  let bench: DeployBench;
  beforeAll(async () => {
    bench = await DeployBench.open();
  });
  afterAll(() => bench?.dispose());

  test('a missing one is in the way, and said before anything happens', async () => {
    bench.version('1', 'good', {
      web: { more: 'secrets: [TOKEN, { name: TLS_KEY, as: file }]\nvariables: { URL: "https://${TOKEN}@host" }' },
    });
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(
      plan.blockers
        .filter(({ code }) => code === 'variable')
        .map(({ message }) => message)
        .join('\n'),
    ).toMatch(/TOKEN.*not set/);
    await bench.refusal(deploy.run, { environment: 'production' });
    expect(bench.containers()).toEqual([]);
  });

  test('they reach the container as variable and file, and no log, label, image or file of ours', async () => {
    await bench.send(variables.set, { environment: 'production', values: { TOKEN: token, TLS_KEY: key }, secret: true });
    const echo = JSON.stringify('echo "hook has $TOKEN"; cat /run/secrets/TLS_KEY; echo "$URL" | tr a-z A-Z >/dev/null; exit 1');
    bench.version('2', 'good', {
      web: {
        more: `secrets: [TOKEN, { name: TLS_KEY, as: file }]\nvariables: { URL: "https://\${TOKEN}@host" }\nhooks: { after: ${echo} }`,
      },
    });
    const [made] = await bench.deploy();
    // It stays live; the hook after it is the reason that is told.
    expect(made).toMatchObject({ state: 'live', reason: expect.stringContaining('hook') });
    const [container] = bench.containers();
    const inside = (command: string) => bench.docker('exec', container?.name ?? '', 'sh', '-c', command);
    expect(inside('echo "$TOKEN $URL"')).toBe(`${token} https://${token}@host`);
    expect(`${inside('cat /run/secrets/TLS_KEY')}\n`).toBe(key);
    const log = await bench.log(made?.id ?? '');
    expect(log).toContain('hook: hook has ***');
    expect(log).not.toContain('line two of the key');
    const shown = JSON.stringify(await bench.send(deploy.show, { id: made?.id ?? '' }));
    const labels = bench.docker('inspect', '--format', '{{json .Config.Labels}} {{json .Config.Cmd}}', container?.name ?? '');
    const image = bench.docker('history', '--no-trunc', bench.docker('inspect', '--format', '{{.Image}}', container?.name ?? ''));
    for (const text of [log, shown, labels, image]) expect(text).not.toContain(token);
    expect(filesHolding(bench.home.path, token)).toEqual([]);
  });

  test('what an unhealthy one says of them is masked, too', async () => {
    bench.version('3', 'good', {
      web: {
        more: 'secrets: [TOKEN]',
        health: '{ command: "echo no $TOKEN; exit 7", interval: 50ms, timeout: 20s, healthy_for: 100ms, deadline: 500ms }',
      },
    });
    const [made] = await bench.deploy();
    expect(made).toMatchObject({ state: 'failed', reason: expect.stringContaining('no ***') });
    const { deployment } = await bench.send(deploy.show, { id: made?.id ?? '' });
    expect(deployment.probes.at(-1)).toMatchObject({ ok: false, status: 7, message: 'no ***' });
    expect(filesHolding(bench.home.path, token)).toEqual([]);
  });

  test('an override is for one deployment, and cannot be a secret', async () => {
    bench.version('4', 'good', { web: { more: 'secrets: [TOKEN]\nvariables: { GREETING: hello }' } });
    const refused = await bench.refusal(deploy.run, { environment: 'production', overrides: { TOKEN: 'plain' } });
    expect(refused).toMatchObject({ message: expect.stringContaining('TOKEN is a secret'), data: { reason: 'precondition' } });
    await bench.deploy({ overrides: { GREETING: 'moin' } });
    expect(bench.docker('exec', bench.containers()[0]?.name ?? '', 'sh', '-c', 'echo $GREETING')).toBe('moin');
  });
});
