// A process that opens a store on real files and is killed −9 by its own disk at a chosen operation. Says what it does on its third pipe.
import { writeSync } from 'node:fs';
import { claimFence, fenceOf, readOwner } from '../../../server/hub/owner.ts';
import { realDisk } from '../../../server/store/disk.ts';
import { Random } from '../../support/repositories/random.ts';
import { FaultDisk } from './faultDisk.ts';
import { live } from './life.ts';
import type { Saying } from './oracle.ts';
import type { Work } from './workload.ts';

/** What its one argument, JSON, says. */
export interface Orders {
  readonly home: string;
  readonly seed: number;
  readonly life: number;
  readonly count: number;
  readonly writers: number;
  readonly again: readonly Work[];
  /** Operation of the disk at which the process is killed; 0 for none. */
  readonly kill: number;
  readonly where: 'before' | 'middle' | 'after';
  readonly part: number;
  /** Milliseconds since the epoch; the clock jumps by an hour around it. */
  readonly time: number;
  readonly jump: number;
}

const orders = JSON.parse(process.argv[2] ?? '') as Orders;
const { home, kill, where, part, time, jump, seed, life } = orders;
const say = (saying: Saying) => void writeSync(3, `${JSON.stringify(saying)}\n`);
const disk = new FaultDisk(
  realDisk,
  ({ index }) => (index === kill ? { kind: 'cut', where, part } : undefined),
  () => process.kill(process.pid, 'SIGKILL'),
);
const owner = claimFence(home, readOwner(home));
if (owner === undefined) throw new Error('somebody else claimed the home');
const random = new Random(seed * 31 + life);
const clock = () => time + random.between(-jump, jump);
void live({ ...orders, disk, fence: fenceOf(home, owner), clock, say });
