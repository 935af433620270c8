// Loaded before a hub: its wall clock jumps an hour to and fro, or as the file named by HEARTH_FAULT_CLOCK says (milliseconds); timers do not.
const { readFileSync } = require('node:fs');
const RealDate = Date;
const file = process.env.HEARTH_FAULT_CLOCK;
const hour = 3_600_000;

function shift() {
  if (file !== undefined) {
    try {
      return Number(readFileSync(file, 'utf8'));
    } catch {
      return 0;
    }
  }
  return [0, hour, -hour][Math.floor(performance.now() / 100) % 3];
}

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + shift());
    else super(...args);
  }
  static now() {
    return RealDate.now() + shift();
  }
};
