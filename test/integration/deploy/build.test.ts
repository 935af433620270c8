import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Build } from '../../../server/config/hearthTypes.ts';
import { buildImage, buildProblems, buildTag, readyImage } from '../../../server/deploy/build/index.ts';
import { Repositories, type Repository } from '../../../server/git/repository.ts';
import { Session } from '../../../server/rpc/session.ts';
import { baseImage, describeDocker, testDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';
import { createRepository } from '../../support/repositories/repository.ts';
import { service } from '../../support/service.ts';

const never = AbortSignal.timeout(900_000);
const labels = { 'hearth.managed': '1', 'hearth.owner': 'build-test', 'hearth.fence': '3' };

describeDocker('building an image of a commit', () => {
  let docker: Awaited<ReturnType<typeof testDocker>>;
  let files: ReturnType<typeof createRepository>;
  let repositories: Repositories;
  let repository: Repository;
  let commit = '';
  const lines: string[] = [];
  const steps: string[] = [];
  const tags = new Set<string>();

  beforeAll(async () => {
    docker = await testDocker();
  });
  afterAll(() => docker.close());

  beforeEach(async () => {
    files = createRepository();
    repositories = new Repositories();
    files.write(
      'Dockerfile',
      `FROM ${baseImage} AS base\nARG MODE=none\nRUN echo "mode $MODE" > /mode\nCOPY . /app/\nFROM base AS last\nHEALTHCHECK CMD true\nEXPOSE 8080\n`,
    );
    files.write('kept.txt', 'kept\n');
    await commitAll();
    lines.length = 0;
    steps.length = 0;
  });
  afterEach(async () => {
    for (const tag of tags) await docker.engine.removeImage(tag, never);
    tags.clear();
    repositories.dispose();
    files.dispose();
  });

  async function commitAll(): Promise<void> {
    commit = files.commit('Change');
    repository = await repositories.at(files.root, new Session(true));
  }

  function build(given: Partial<Build> = {}, more: { signal?: AbortSignal; secrets?: Record<string, string> } = {}) {
    const tag = buildTag('buildtest', service(given), commit, { owner: 'build-test', projectId: 'p' });
    tags.add(tag);
    return buildImage({
      engine: docker.engine,
      repository,
      commit,
      service: service(given),
      tag,
      labels,
      secrets: {},
      redact: (text) => text.replaceAll('hidden', '***'),
      log: (stream, text) => lines.push(`${stream}: ${text}`),
      progress: (text) => steps.push(text),
      signal: never,
      ...more,
    });
  }

  const inside = (id: string, ...command: string[]) => docker.docker('run', '--rm', '--network=none', id, ...command);

  it('from the commit and not from the work tree, with target, arguments and labels, once', async () => {
    files.write('kept.txt', 'changed and not committed\n');
    files.write('new.txt', 'not committed\n');
    const { id, reused } = await build({ args: { MODE: 'full $(x)' } });
    expect(reused).toBe(false);
    expect(inside(id, 'cat', '/app/kept.txt', '/mode')).toBe('kept\nmode full $(x)');
    expect(inside(id, 'ls', '/app')).toBe('Dockerfile\nkept.txt');
    const image = await docker.engine.inspectImage(id, never);
    expect(image).toMatchObject({ healthcheck: true, exposed: [8080] });
    expect(image?.labels).toEqual({
      'hearth.image.managed': '1',
      'hearth.image.owner': 'build-test',
      'hearth.image.tag': [...tags][0],
    });
    expect(steps.at(-1)).toMatch(/^building web · step \d+ of \d+$/);
    expect(lines.some((line) => line.startsWith('build: Step 1/'))).toBe(true);

    expect(await build({ args: { MODE: 'full $(x)' } })).toEqual({ id, reused: true });
    const early = await build({ target: 'base', args: { MODE: 'full $(x)' } });
    expect(early.reused).toBe(false);
    expect((await docker.engine.inspectImage(early.id, never))?.healthcheck).toBe(false);
  });

  it('leaves out what .dockerignore names; takes a folder as context, and a link as Dockerfile', async () => {
    files.write('made/Dockerfile', `FROM ${baseImage}\nCOPY . /app/\n`);
    mkdirSync(path.join(files.root, 'shop'));
    symlinkSync('../made/Dockerfile', path.join(files.root, 'shop/Dockerfile.web'));
    files.write('shop/.dockerignore', '# comment\n*.log\n!keep.log\nnode_modules\n**/secret*\ndocs/*\n!docs/readme.md\n');
    for (const file of ['a.log', 'keep.log', 'node_modules/x/y.js', 'deep/er/secret.txt', 'docs/a.md', 'docs/readme.md', 'src/ä b.txt'])
      files.write(`shop/${file}`, 'x\n');
    files.write(`shop/${'long/'.repeat(40)}file.txt`, 'long\n');
    await commitAll();
    const { id } = await build({ context: 'shop/', dockerfile: 'Dockerfile.web' });
    expect(lines.filter((line) => line.startsWith('build: Step')).map((line) => line.replace(/LABEL .*/, 'LABEL'))).toEqual([
      `build: Step 1/3 : FROM ${baseImage}`,
      'build: Step 2/3 : COPY . /app/',
      'build: Step 3/3 : LABEL',
    ]);
    const found = inside(id, 'find', '/app', '!', '-type', 'd').split('\n').sort();
    expect(found).toEqual(
      ['Dockerfile.web', 'docs/readme.md', 'keep.log', `${'long/'.repeat(40)}file.txt`, 'src/ä b.txt'].map((file) => `/app/${file}`).sort(),
    );
  });

  it('says what failed, keeps the output and leaves no image, container or tag', async () => {
    files.write('Dockerfile', `FROM ${baseImage}\nRUN echo hidden words && exit 3\n`);
    await commitAll();
    await expect(build()).rejects.toMatchObject({
      reason: 'precondition',
      message: expect.stringContaining('returned a non-zero code: 3'),
    });
    expect(lines).toContain('build: *** words');
    expect(await docker.engine.inspectImage([...tags][0] ?? '', never)).toBeUndefined();
    files.write('Dockerfile', 'FROM buildtest/nowhere:1\n');
    await commitAll();
    await expect(build()).rejects.toMatchObject({ reason: expect.stringMatching(/^(precondition|not-found)$/) });
  });

  it('cancelled, no step of it runs any more and nothing is tagged', async () => {
    files.write('Dockerfile', `FROM ${baseImage}\nRUN echo started && sleep 1000\n`);
    await commitAll();
    const controller = new AbortController();
    const building = build({}, { signal: controller.signal });
    building.catch(() => {});
    const step = await until(() => /Running in (\w+)$/.exec(lines.find((line) => line.includes('Running in')) ?? '')?.[1]);
    await until(() => lines.includes('build: started'));
    expect(docker.docker('inspect', '--format', '{{.State.Running}}', step)).toBe('true');
    controller.abort();
    await expect(building).rejects.toMatchObject({ reason: 'cancelled' });
    expect(await docker.engine.inspectContainer(step, never)).toBeUndefined();
    expect(await docker.engine.inspectImage([...tags][0] ?? '', never)).toBeUndefined();
  });

  it('names before anything is built what only BuildKit knows, and refuses secrets and further contexts without it', async () => {
    files.write(
      'Dockerfile',
      `FROM ${baseImage}\n\nRUN --mount=type=cache,target=/x \\\n  true\nCOPY --link a b\nRUN <<EOF\nRUN --mount=x\nEOF\n`,
    );
    await commitAll();
    const ask = (given: Partial<Build>) =>
      buildProblems({ engine: docker.engine, repository, commit, service: service(given), signal: never });
    const problems = await ask({ secrets: ['TOKEN'], contexts: { other: 'docs' }, platform: 'plan9/mips' });
    expect(problems.map(({ message }) => message)).toEqual([
      'Dockerfile uses RUN --mount in line 3, which needs BuildKit.',
      'Dockerfile uses COPY --link in line 5, which needs BuildKit.',
      'Dockerfile uses RUN <<EOF in line 6, which needs BuildKit.',
      'Build secrets need BuildKit: without it they would stay in the image.',
      'Further contexts (build.contexts) need BuildKit.',
      expect.stringMatching(/^Building for plan9\/mips on linux\/\w+ needs BuildKit\.$/),
    ]);
    await expect(build()).rejects.toMatchObject({ reason: 'unsupported' });
    expect(await ask({ dockerfile: 'nowhere/Dockerfile' })).toMatchObject([
      { code: 'dockerfile', message: expect.stringContaining('nowhere/Dockerfile is not in') },
    ]);
    expect(await ask({ context: '../..' })).toMatchObject([
      { code: 'dockerfile', message: expect.stringContaining('leads out of the repository') },
    ]);
  });

  it('pins a ready image by its id where no registry has given it a digest', async () => {
    const ready = await readyImage({ engine: docker.engine, reference: baseImage, log: () => {}, signal: never });
    expect(ready).toEqual({ id: ready.id, reference: ready.id });
    expect(await readyImage({ engine: docker.engine, reference: ready.id, log: () => {}, signal: never })).toEqual(ready);
    const refused = readyImage({ engine: docker.engine, reference: '127.0.0.1:9/no/such:1', log: () => {}, signal: never });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('pull 127.0.0.1:9/no/such:1') });
  });
});
