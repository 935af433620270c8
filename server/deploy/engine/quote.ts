/** As a word of a Dockerfile that stands for itself: nothing in it is replaced. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"$]/g, '\\$&')}"`;
}
