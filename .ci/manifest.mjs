// Checks package.json against the code: every command registered, titled, categorised and described in package.nls.json; nothing
// declared that nobody built, nothing built that is not declared; settings documented; the palette hides what needs an argument.
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { freshReadme } from './readme.mjs';

const root = path.dirname(import.meta.dirname);
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const texts = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8'));
const { contributes } = manifest;
const problems = [];
const say = (text) => problems.push(text);

const sources = globSync('extension/**/*.ts', { cwd: root }).map((file) => [file, readFileSync(path.join(root, file), 'utf8')]);
const code = sources.map(([, text]) => text).join('\n');

// Texts: every %key% exists, every key is used.
const used = new Set([...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]));
for (const key of used) if (!(key in texts)) say(`package.nls.json lacks "${key}"`);
for (const key of Object.keys(texts)) if (!used.has(key)) say(`package.nls.json has "${key}", which nothing uses`);

// Commands: the name, the title, the category, an action in a command table.
const declared = new Map();
for (const command of contributes.commands ?? []) {
  if (declared.has(command.command)) say(`${command.command} is declared twice`);
  declared.set(command.command, command);
  if (!/^hearth\.[a-z]+(\.[a-zA-Z]+)+$/.test(command.command)) say(`${command.command} is not named hearth.<domain>.<verb>`);
  if (!/^%.+%$/.test(command.title ?? '')) say(`${command.command} has no translatable title`);
  if (command.category !== 'Hearth') say(`${command.command} has no category "Hearth"`);
  if (!new RegExp(`['"]${command.command.replaceAll('.', '\\.')}['"]\\s*:`).test(code))
    say(`${command.command} is declared but no command table has it`);
}
for (const [file, text] of sources) {
  for (const [, id] of text.matchAll(/['"](hearth\.[a-z]+\.[a-zA-Z.]+)['"]\s*:\s*(?:async\s*)?(?:\(|[a-zA-Z_$])/g)) {
    if (!declared.has(id)) say(`${file} builds ${id}, which the manifest does not declare`);
  }
}

// Menus and keys name declared commands only.
const menus = contributes.menus ?? {};
for (const [menu, items] of Object.entries(menus)) {
  for (const { command, submenu } of items)
    if (submenu === undefined && !declared.has(command)) say(`menu ${menu} names ${command}, which is not declared`);
}
for (const { command, key } of contributes.keybindings ?? [])
  if (!declared.has(command)) say(`key ${key} names ${command}, which is not declared`);
const palette = new Set((menus.commandPalette ?? []).map(({ command }) => command));
for (const [menu, items] of Object.entries(menus)) {
  if (!menu.startsWith('view/item') && !menu.startsWith('webview/')) continue;
  for (const { command } of items)
    if (command !== undefined && !palette.has(command) && !/\.(refresh|compare|showCommitDiff)$/.test(command))
      say(`${command} takes a tree row; a palette entry must hide it or say when it works alone`);
}

// Views exist in the code; context keys are ours; settings are described and read.
for (const view of Object.values(contributes.views ?? {}).flat())
  if (!code.includes(view.id)) say(`view ${view.id} is declared but nothing provides it`);
for (const { view } of contributes.viewsWelcome ?? []) {
  if (
    !Object.values(contributes.views ?? {})
      .flat()
      .some(({ id }) => id === view)
  )
    say(`viewsWelcome names ${view}, which is not declared`);
}
const sections = Array.isArray(contributes.configuration) ? contributes.configuration : [contributes.configuration];
for (const [key, setting] of sections.flatMap((section) => Object.entries(section?.properties ?? {}))) {
  if (!/^hearth\.[a-z]+\.[a-zA-Z.]+$/.test(key)) say(`setting ${key} is not named hearth.<domain>.<name>`);
  if (setting.default === undefined) say(`setting ${key} has no default`);
  if (!/^%.+%$/.test(setting.markdownDescription ?? setting.description ?? '')) say(`setting ${key} has no translatable description`);
  // Read whole, or as a section and a name: getConfiguration('hearth.git.diff').get('layout').
  const parts = key.split('.');
  const read = parts.some(
    (_, at) => at > 0 && code.includes(`'${parts.slice(0, at).join('.')}'`) && code.includes(`'${parts.slice(at).join('.')}'`),
  );
  if (!code.includes(`'${key}'`) && !read) say(`setting ${key} is declared but nothing reads it`);
  if (/path$/i.test(key) && setting.scope !== 'machine') say(`setting ${key} names a program: its scope must be "machine"`);
}
for (const match of JSON.stringify(menus).matchAll(/hearth:(\w+)/g))
  if (!code.includes(`hearth:${match[1]}`)) say(`context key hearth:${match[1]} is never set`);

if (manifest.type !== undefined) say('package.json must not have a "type"');
if (manifest.activationEvents.includes('*')) say('activation on "*" is not allowed');
if (manifest.enabledApiProposals !== undefined) say('proposed API is not allowed');

// The README tells the same, and its pictures exist.
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
if (readme !== freshReadme()) say('README.md is behind the manifest: run node .ci/readme.mjs');
for (const [, picture] of readme.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g))
  if (!existsSync(path.join(root, picture))) say(`README.md shows ${picture}, which does not exist`);

for (const problem of problems) console.error(problem);
console.log(`${declared.size} commands, ${Object.keys(texts).length} texts`);
process.exitCode = problems.length === 0 ? 0 : 1;
