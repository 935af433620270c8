/** The import rules of the project. `.ci/imports.mjs` runs them and proves that they still bite. */
const domains = 'git|project|work|catalog|monitor|deploy|environment|webhook|insight';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'shell-and-panels-know-only-the-contract',
      severity: 'error',
      from: { path: '^(extension|webviews)/' },
      to: { path: '^server/', pathNot: '^server/protocol/' },
    },
    {
      name: 'shell-and-panels-are-apart',
      severity: 'error',
      from: { path: '^extension/' },
      to: { path: '^webviews/', pathNot: '^webviews/[^/]+/messages\\.ts$' },
    },
    { name: 'panels-do-not-know-the-shell', severity: 'error', from: { path: '^webviews/' }, to: { path: '^extension/' } },
    { name: 'panels-run-in-a-browser', severity: 'error', from: { path: '^webviews/' }, to: { dependencyTypes: ['core'] } },
    {
      name: 'server-does-not-know-the-shell',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: '^(extension|webviews|test)/|^vscode$' },
    },
    {
      name: 'contract-imports-no-domain',
      severity: 'error',
      from: { path: '^server/(protocol|store)/' },
      to: { path: '^server/', pathNot: '^server/(protocol|store|rpc)/' },
    },
    {
      name: 'contract-imports-only-zod-mini',
      severity: 'error',
      from: { path: '^server/protocol/' },
      to: { path: 'node_modules', pathNot: 'zod/mini' },
    },
    {
      name: 'domains-meet-through-their-index',
      severity: 'error',
      from: { path: `^server/(${domains})/` },
      to: { path: `^server/(${domains})/`, pathNot: [`^server/(${domains})/index\\.ts$`, '^server/$1/'] },
    },
    {
      name: 'only-the-gateway-starts-processes',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/(git/process|cli/output|hub/start|monitor/checks/program|deploy/.*)\\.ts$' },
      to: { path: '^(node:)?child_process$' },
    },
    { name: 'shell-starts-no-process', severity: 'error', from: { path: '^extension/' }, to: { path: '^(node:)?child_process$' } },
    { name: 'no-test-in-product', severity: 'error', from: { path: '^(extension|webviews|server)/' }, to: { path: '^test/' } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '^vscode$|^\\./client\\.js$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(node_modules|dist|dist-test)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
