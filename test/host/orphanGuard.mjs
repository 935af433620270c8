// Preloaded into the VS Code server (`node --import`): ends its whole process group when the program that started it is gone, even
// when that program was killed with SIGKILL and could not clean up. Node hands `--import` on to forked children; there it does
// nothing, so that what they do when *their* parent dies stays their own.
if (process.argv[1]?.endsWith('server-main.js')) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    try {
      process.kill(-process.pid, 'SIGKILL');
    } catch {
      process.exit(1);
    }
  }, 1000);
  timer.unref();
}
