/** Characters that a page would not show, or that reorder what it shows (CVE-2021-42574), as a visible name. */
const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/;
const hiddenAll = new RegExp(hidden, 'g');

export function hasHidden(text: string): boolean {
  return hidden.test(text);
}

/** `\n` and `\t` too, for names of files. */
export function visibleName(name: string): string {
  return name.replace(/\n/g, '⏎').replace(/\t/g, '⇥').replace(hiddenAll, visibleCharacter);
}

export function visibleCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;
}

/** Pieces of a text: what is shown as it is, and hidden characters by name. */
export function splitHidden(text: string): { text: string; hidden: boolean }[] {
  const parts: { text: string; hidden: boolean }[] = [];
  let at = 0;
  for (const match of text.matchAll(hiddenAll)) {
    if (match.index > at) parts.push({ text: text.slice(at, match.index), hidden: false });
    parts.push({ text: visibleCharacter(match[0]), hidden: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), hidden: false });
  return parts;
}
