/** Escape sequences of terminals (colours, titles, cursor), C0 and C1 controls but the tab, and what turns the direction of writing. */
const escapes = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-Z\\-_]|\u009b[0-?]*[ -/]*[@-~]/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of a program as one can show it anywhere. What a carriage return has overwritten is left out, as a terminal does. */
export function plainLine(text: string): string {
  const plain = text.replace(/\r+$/, '').replace(escapes, '');
  return plain.slice(plain.lastIndexOf('\r') + 1).replace(controls, '');
}
