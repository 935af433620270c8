import hljs from 'highlight.js/lib/common';
import { tokensOf } from './highlightTokens.ts';
import type { Token } from './segments.ts';

/** Languages by file name and by ending, where highlight.js has another name for them or none. */
const names: Readonly<Record<string, string>> = {
  dockerfile: 'bash',
  makefile: 'makefile',
  gemfile: 'ruby',
  rakefile: 'ruby',
  mjs: 'javascript',
  cjs: 'javascript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'typescript',
  jsx: 'javascript',
  vue: 'xml',
  svelte: 'xml',
  htm: 'xml',
  h: 'cpp',
  hpp: 'cpp',
  cc: 'cpp',
  jsonc: 'json',
  webmanifest: 'json',
  conf: 'ini',
  toml: 'ini',
  env: 'ini',
  zsh: 'bash',
};

export function languageOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const ending = name.slice(name.lastIndexOf('.') + 1);
  const known = (key: string): string | undefined => (Object.hasOwn(names, key) ? names[key] : undefined);
  for (const candidate of [known(name), known(ending), ending]) {
    if (candidate !== undefined && hljs.getLanguage(candidate) !== undefined) return candidate;
  }
  return undefined;
}

/** Tokens of each line of a text; lines end with LF only. */
export function highlightLines(text: string, language: string): Token[][] {
  return tokensOf(hljs.highlight(text, { language, ignoreIllegals: true }).value);
}
