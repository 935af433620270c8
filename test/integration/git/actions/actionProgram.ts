// A process that acts on a repository, to be killed: `node actionProgram.ts commit|undo ROOT`.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beginAction, commitIndex, undoAction } from '../../../../server/git/index.ts';
import { Repositories } from '../../../../server/git/repository.ts';
import { Session } from '../../../../server/rpc/session.ts';

const [what, root = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const repository = await new Repositories().at(root, new Session(true));
writeFileSync(path.join(repository.facts.commonDir, 'victim'), String(process.pid));
if (what === 'undo') await undoAction(repository, undefined, 'child', signal);
else {
  await beginAction(repository, { kind: 'commit', label: 'Killed', actor: 'child' }, signal);
  await commitIndex(repository, { message: 'Half\n', amend: false, all: false, signal });
  writeFileSync(path.join(repository.facts.commonDir, 'reached'), '');
  setInterval(() => {}, 1000);
}
