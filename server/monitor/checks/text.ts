const escapes = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-Z\\-_]|\u009b[0-?]*[ -/]*[@-~]/g;
const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

/** What somebody else has written, as one short line one can show anywhere. */
export function oneLine(text: string, longest = 200): string {
  // What is cut off anyway is not looked through.
  const plain = text
    .slice(0, longest * 20)
    .replace(escapes, '')
    .replace(controls, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  // Through bytes: halves of surrogate pairs, also those just cut, become what can be shown.
  return plain.length > longest ? `${Buffer.from(plain.slice(0, longest)).toString()}…` : Buffer.from(plain).toString();
}

/** `12 kB`, in powers of 1024 as everywhere in `hearth.yaml`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const [amount, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'kB'] : [bytes / 1024 ** 2, 'MB'];
  return `${amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount)} ${unit}`;
}

/** `480 ms`, `2.5 s`. */
export function timeWords(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${Math.round(milliseconds / 100) / 10} s`;
}

/** `62 days`, `3 hours`; negative when it is over. */
export function leftWords(milliseconds: number): string {
  const [amount, unit] = Math.abs(milliseconds) >= 172_800_000 ? [milliseconds / 86_400_000, 'days'] : [milliseconds / 3_600_000, 'hours'];
  return `${Math.trunc(amount)} ${unit}`;
}
