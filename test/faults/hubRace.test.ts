// Several hubs start at the same moment in a home that is new, left by a killed owner, or left by one that ended: one of them owns it and
// answers, the others end quietly.
import { afterEach, beforeAll, test } from 'vitest';
import { HubHome } from '../support/hub.ts';
import { Random } from '../support/repositories/random.ts';
import { ensureBuilt } from '../support/server.ts';
import { type RacingHub, startHubProcess } from './support/hubs.ts';
import { LinkClient, Notes, noHub } from './support/notes.ts';
import { seeds } from './support/seeds.ts';
import { Invariants, survived } from './support/tally.ts';

const disposables: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0).reverse()) await each.dispose();
});
beforeAll(ensureBuilt);

test('hubs racing for ownership', { timeout: 3_600_000 }, async () => {
  const invariants = new Invariants();
  const random = new Random(21);
  const races = seeds > 0 ? 200 : 9;
  for (let race = 0; race < races; ) {
    const home = new HubHome();
    disposables.push(home);
    const notes = new Notes();
    const winners = new Map<number, number>();
    let owner: RacingHub | undefined;
    const inThisHome = Math.min(races - race, random.between(3, 12));
    for (let each = 0; each < inThisHome; each++, race++) {
      // The owner before: killed at the moment of the race or before it, or ended by itself; none in a new home.
      const how = random.pick(['killed', 'ended', 'killed now'] as const);
      if (owner !== undefined && how !== 'killed now') {
        owner.process.kill(how === 'ended' ? 'SIGTERM' : 'SIGKILL');
        await owner.ended;
      }
      const where = `race ${race} (${owner === undefined ? 'new home' : how})`;
      if (how === 'killed now') owner?.process.kill('SIGKILL');
      const racers = Array.from({ length: random.between(2, 3) }, () => startHubProcess(home.path));
      const reports = await Promise.all(racers.map(({ report }) => report));
      const winning = racers.filter((_, index) => reports[index]?.state === 'listening');
      const losing = racers.filter((_, index) => reports[index]?.state !== 'listening');
      invariants.that(winning.length === 1, `${where}: ${winning.length} own the home: ${JSON.stringify(reports)}`);
      for (const loser of losing) {
        const { code, signal, errors } = await loser.ended;
        invariants.that(code === 0 && errors === '', `${where}: a loser ended with ${code ?? signal}: ${errors}`);
      }
      for (const [index, { state }] of reports.entries()) {
        if (racers[index] !== winning[0]) invariants.that(state === 'another', `${where}: a loser said ${JSON.stringify(reports[index])}`);
      }
      const [winner] = winning;
      const fence = home.owner().fence;
      invariants.that(winner !== undefined && home.owner().pid === winner.pid, `${where}: the owner on file is another`);
      invariants.that(!winners.has(fence), `${where}: fence ${fence} was owned before`);
      winners.set(fence, winner?.pid ?? 0);
      owner = winner;
      const client = new LinkClient(home.path, noHub);
      const answered = await Promise.all(
        [client.write, client.write].map((write, at) => notes.write(write, `${race} ${at}`).catch(String)),
      );
      for (const refused of answered) if (refused !== undefined) invariants.report([`${where}: ${refused}`]);
      client.dispose();
      survived('races');
    }
    // By the log, no fence had two owners.
    const fences = home.logLines().flatMap(({ text, fields }) => (text === 'owner' ? [Number(fields['fence'])] : []));
    invariants.that(new Set(fences).size === fences.length && fences.length >= inThisHome, `fences owned: ${fences.join(', ')}`);
    invariants.report(await notes.check(home), `home of race ${race}`);
    await home.dispose();
  }
  invariants.check();
});
