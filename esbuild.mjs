// Builds dist/: CommonJS bundles for the extension host, the server and the CLI; ES modules for the panels.
// `node esbuild.mjs [--watch] [--production]`. Writes dist/meta.json (sizes and licences are read from it).
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { context } from 'esbuild';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');
// A process whose coverage is collected would read and write the map of its bundle at its end, which takes as long as a short command.
const maps = process.env.HEARTH_COVERAGE === '1' ? 'external' : 'linked';
const common = {
  bundle: true,
  sourcemap: production ? false : maps,
  minify: production,
  metafile: true,
  logLevel: 'warning',
  legalComments: 'none',
  define: { 'process.env.HEARTH_BUILD': JSON.stringify(production ? 'production' : 'development') },
};

/** The extension host, the server and the CLI run on Node; the entry of the extension loads `client.js` only after activation. */
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  outdir: 'dist',
  external: ['vscode', './client.js', './languageClient.js', './secretlint.js', './docker.js', './forge.js', './monitor.js'],
  mainFields: ['module', 'main'],
  alias: {
    'vscode-languageclient/node': './languageClient.js',
    '@secretlint/secretlint-rule-preset-recommend': './secretlint.js',
    dockerode: './docker.js',
    'node-forge': './forge.js',
  },
  plugins: [
    {
      name: 'monitoring loads its libraries when it needs them',
      setup: (build) => build.onResolve({ filter: /\/heavy\.ts$/ }, () => ({ path: './monitor.js', external: true })),
    },
  ],
  // The bundles are CommonJS; the sources are modules when Node runs them as they are.
  define: { ...common.define, 'import.meta.dirname': '__dirname' },
  entryPoints: {
    extension: 'extension/extension.ts',
    client: 'extension/client.ts',
    server: 'server/main.ts',
    cli: 'server/cli/main.ts',
  },
};

/** What speaks to the server is four times our own code in the extension host, and changes only with its version: a file of its own. */
const languageClient = { ...node, alias: {}, entryPoints: { languageClient: 'vscode-languageclient/node' } };

/** The rules of the secret scan: loaded only where a change holds something that could be a secret. */
const { entryPoints: _, outdir: __, plugins: ___, ...alone } = node;
const secretlint = {
  ...alone,
  alias: {},
  outfile: 'dist/secretlint.js',
  stdin: {
    contents: "export { rules } from '@secretlint/secretlint-rule-preset-recommend';",
    resolveDir: import.meta.dirname,
  },
};

/**
 * The Docker client: loaded when the hub first needs an engine. What it would need for its own SSH and for BuildKit sessions (native modules,
 * files of protocols read at run time) is never used, because `ssh` and `docker buildx` are programs of the user's.
 */
const docker = {
  ...alone,
  alias: {},
  outfile: 'dist/docker.js',
  stdin: { contents: "module.exports = require('dockerode');", resolveDir: import.meta.dirname },
  plugins: [
    {
      name: 'leave out what is never used',
      setup: (build) => {
        build.onResolve({ filter: /^\.\/(session|buildkit|ssh)$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
        build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
          contents: `module.exports = () => { throw new Error('${path} is left out.'); };`,
        }));
        // DEBUG=* would print requests and answers, credentials and variables of containers among them.
        build.onResolve({ filter: /^debug$/ }, ({ path }) => ({ path, namespace: 'silent' }));
        build.onLoad({ filter: /.*/, namespace: 'silent' }, () => ({ contents: 'module.exports = () => () => {};' }));
      },
    },
  ],
};

/** What signs the certificates of the local authority: the parts of it that are used, loaded when a certificate is made. */
const forge = {
  ...alone,
  alias: {},
  outfile: 'dist/forge.js',
  stdin: {
    contents: "require('node-forge/lib/pki'); require('node-forge/lib/sha256'); module.exports = require('node-forge/lib/forge');",
    resolveDir: import.meta.dirname,
  },
};

/** What monitoring needs now and then: e-mail, SNMP, JSON paths, cron, the text format of Prometheus. Each is run when it is first asked for. */
const monitor = { ...alone, alias: {}, outfile: 'dist/monitor.js', entryPoints: ['server/monitor/heavy.ts'] };

/** What git hooks start: only what they use, so it is a build of its own. Nothing of ours does anything by being imported. */
const hook = {
  ...node,
  entryPoints: { hook: 'server/cli/hookMain.ts' },
  plugins: [
    {
      name: 'drop what is not used',
      setup: (build) =>
        build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => ({ path: join(resolveDir, path), sideEffects: false })),
    },
  ],
};

const panels = (await readdir('webviews', { withFileTypes: true })).filter((entry) => entry.isDirectory() && entry.name !== 'ui');
const web = {
  ...common,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  outdir: 'dist/webviews',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.ttf': 'file' },
  assetNames: '[name]',
};
const pagesOf = (wanted) => Object.fromEntries(panels.filter(wanted).map(({ name }) => [name, `webviews/${name}/main.tsx`]));
/** What these import on demand (syntax colours) is a file of its own. The others are one file each: a window fetches one after the other. */
const onDemand = new Set(['commit', 'diff']);
const split = { ...web, splitting: true, chunkNames: '[name]-[hash]', entryPoints: pagesOf(({ name }) => onDemand.has(name)) };
const whole = { ...web, entryPoints: pagesOf(({ name }) => !onDemand.has(name)) };

// Chunks of earlier builds have other names; a package must not hold them.
if (production) await rm('dist/webviews', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
// The database engine: read from beside the bundle on first need.
await copyFile('node_modules/sql.js/dist/sql-wasm.wasm', 'dist/sql-wasm.wasm');
const contexts = await Promise.all(
  [node, hook, languageClient, secretlint, docker, forge, monitor, split, whole].map((options) => context(options)),
);
if (watch) {
  await Promise.all(contexts.map((each) => each.watch()));
  console.log('watching');
} else {
  try {
    const results = await Promise.all(contexts.map((each) => each.rebuild()));
    const outputs = Object.assign({}, ...results.map((result) => result.metafile.outputs));
    const inputs = Object.assign({}, ...results.map((result) => result.metafile.inputs));
    await writeFile('dist/meta.json', JSON.stringify({ inputs, outputs }));
  } catch {
    process.exitCode = 1; // esbuild has printed why
  } finally {
    await Promise.all(contexts.map((each) => each.dispose()));
  }
}
