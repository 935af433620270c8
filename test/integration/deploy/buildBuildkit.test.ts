// BuildKit is reached through `docker buildx`, which test machines do not have: a program named docker takes its place, builds the same context with
// the engine's own builder, and writes down what it was given.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { buildImage, buildProblems, buildTag } from '../../../server/deploy/build/index.ts';
import { Engines } from '../../../server/deploy/engine/index.ts';
import type { Engine } from '../../../server/deploy/engine/types.ts';
import { Repositories } from '../../../server/git/repository.ts';
import { Session } from '../../../server/rpc/session.ts';
import { baseImage, describeDocker, engineAt, testDocker } from '../../support/docker.ts';
import { isAlive, until } from '../../support/processes.ts';
import { createRepository, temporaryFolder } from '../../support/repositories/repository.ts';
import { service } from '../../support/service.ts';

const never = AbortSignal.timeout(900_000);
const value = 'a secret $(value) "quoted"';

describeDocker('building with BuildKit', () => {
  let docker: Awaited<ReturnType<typeof testDocker>>;
  let folder: string;
  let engines: Engines;
  let engine: Engine;
  let repositories: Repositories;
  let files: ReturnType<typeof createRepository>;
  const tags: string[] = [];
  const before = process.env['PATH'];

  beforeAll(async () => {
    docker = await testDocker();
  });
  afterAll(() => docker.close());
  beforeEach(async () => {
    folder = temporaryFolder('buildx');
    mkdirSync(`${folder}/bin`);
    files = createRepository();
    files.write('Dockerfile', `FROM ${baseImage} AS first\nFROM first AS last\nCOPY . /app/\n`);
    files.write('docs/guide.txt', 'guide\n');
    files.commit('Add');
    stub();
    repositories = new Repositories();
    engines = new Engines({ home: folder, log: () => {} });
    engine = await engineAt(engines, docker.address, never);
  });
  afterEach(async () => {
    process.env['PATH'] = before;
    for (const tag of tags.splice(0)) await engine.removeImage(tag, never);
    engines.dispose();
    repositories.dispose();
    files.dispose();
    rmSync(folder, { recursive: true, maxRetries: 5 });
  });

  /** `instead`: what it does when it is to build. */
  function stub(instead = 'build'): void {
    writeFileSync(
      `${folder}/bin/docker`,
      `#!/bin/sh
if [ "$1 $2" = "buildx version" ]; then echo github.com/docker/buildx v0.0.0-test; exit 0; fi
printf '%s\\n' "$@" > '${folder}/args'
env > '${folder}/env'
build() {
  host=$2; shift 4
  for each; do case "$each" in --tag=*) tag=$each;; --file=*) file=$each;; esac; done
  for each; do case "$each" in name=*|other=*) cat "\${each#*=}/guide.txt" > '${folder}/context';; esac; done
  labels=$(printf '%s\\n' "$@" | grep '^hearth\\.' | sed 's/^/--label=/')
  echo '#5 [last 2/3] COPY . /app/' >&2
  PATH='${before}' DOCKER_BUILDKIT=0 docker --host "$host" build --quiet "$tag" "$file" $labels -
}
${instead} "$@"
`,
    );
    chmodSync(`${folder}/bin/docker`, 0o755);
    process.env['PATH'] = `${folder}/bin:${before}`;
  }

  async function build(signal = never, lines: string[] = [], steps: string[] = []) {
    const given = service({
      target: 'last',
      args: { MODE: 'x y' },
      secrets: ['TOKEN'],
      contexts: { other: 'docs' },
      platform: 'linux/amd64',
    });
    const commit = files.git('rev-parse', 'HEAD').trim();
    const repository = await repositories.at(files.root, new Session(true));
    const tag = buildTag('buildxtest', given, commit, { owner: 'o', projectId: 'p' });
    tags.push(tag);
    expect(await buildProblems({ engine, repository, commit, service: given, signal: never })).toEqual([]);
    return buildImage({
      engine,
      repository,
      commit,
      service: given,
      tag,
      labels: { 'hearth.owner': 'o' },
      secrets: { TOKEN: value, OTHER: 'not asked for' },
      redact: (text) => text.replaceAll(value, '***'),
      log: (_, text) => lines.push(text),
      progress: (text) => steps.push(text),
      signal,
    });
  }

  it('gives secrets by the environment only, the context through a pipe, further contexts as folders', async () => {
    expect(engine.info.buildkit).toBe(true);
    const lines: string[] = [];
    const steps: string[] = [];
    const { id } = await build(never, lines, steps);
    const args = readFileSync(`${folder}/args`, 'utf8').split('\n');
    expect(args.slice(0, 5)).toEqual(['--host', docker.address, 'buildx', 'build', '--progress=plain']);
    expect(args).toEqual(
      expect.arrayContaining([
        '--target=last',
        '--platform=linux/amd64',
        'MODE=x y',
        'id=TOKEN,env=HEARTH_BUILD_SECRET_TOKEN',
        'hearth.image.owner=o',
      ]),
    );
    expect(args.at(-2)).toBe('-');
    expect(args.join('\n')).not.toContain('secret $(value)');
    const env = readFileSync(`${folder}/env`, 'utf8');
    expect(env).toContain(`HEARTH_BUILD_SECRET_TOKEN=${value}`);
    expect(env).not.toContain('not asked for');
    expect(readFileSync(`${folder}/context`, 'utf8')).toBe('guide\n');
    expect(docker.docker('run', '--rm', '--network=none', id, 'ls', '/app')).toBe('Dockerfile\ndocs');
    expect(docker.docker('history', '--no-trunc', id)).not.toContain('secret $(value)');
    expect(steps).toEqual(['building web · step 2 of 3']);
    expect(lines).toContain('#5 [last 2/3] COPY . /app/');
    expect((await build()).reused).toBe(true);
  });

  it('a failed build says why, without the secret; one that leaves no image is no success', async () => {
    stub(
      `echo "#7 ERROR: process \\"/bin/sh -c x\\" did not complete" >&2; echo "ERROR: failed to solve: exit code: 3 $HEARTH_BUILD_SECRET_TOKEN" >&2; cat > /dev/null; exit 1; #`,
    );
    const lines: string[] = [];
    await expect(build(never, lines)).rejects.toMatchObject({
      reason: 'precondition',
      message: 'The build failed: failed to solve: exit code: 3 ***.',
    });
    expect(lines.join('\n')).not.toContain(value);
    stub('cat > /dev/null; exit 0; #');
    await expect(build()).rejects.toMatchObject({ reason: 'io' });
    stub('exit 0; #');
    await expect(build()).rejects.toMatchObject({ reason: 'io' });
  });

  it('cancelled, the builder is gone before the answer', async () => {
    stub(`echo $$ > '${folder}/pid'; exec sleep 1000; #`);
    const controller = new AbortController();
    const building = build(controller.signal);
    building.catch(() => {});
    const pid = await until(() => Number(readWhole(path.join(folder, 'pid'))) || undefined);
    controller.abort();
    await expect(building).rejects.toMatchObject({ reason: 'cancelled' });
    expect(isAlive(pid)).toBe(false);
  });
});

function readWhole(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
