// Counts what the processes that tests start have run, and not the tests: a worker that counts itself is slower, larger, and therefore slower to
// start others.
const folder = process.env['HEARTH_SPAWNED_COVERAGE'];
if (folder !== undefined && folder !== '') process.env['NODE_V8_COVERAGE'] = folder;
