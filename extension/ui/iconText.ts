/** Text of a repository where VS Code would draw `$(name)` as an icon (lists to pick from, the status bar): it is shown as it is written. */
export function withoutIcons(text: string): string {
  return text.replaceAll('$(', '$\u200b(');
}

/** Text of a repository or an imported log where VS Code would draw `[words](command:…)` as a link that runs the command (notifications). */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', ']\u200b(');
}
