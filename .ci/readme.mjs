// The README's tables of settings and commands, made from the manifest. `node .ci/readme.mjs` writes them; `npm run check` compares.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const file = path.join(root, 'README.md');

/** The README with fresh tables. */
export function freshReadme() {
  const { contributes } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const texts = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8'));
  const text = (key) => texts[String(key).replaceAll('%', '')] ?? key;
  const cell = (value) => String(value).replaceAll('|', '\\|').replaceAll('\n', ' ');
  const sections = Array.isArray(contributes.configuration) ? contributes.configuration : [contributes.configuration];
  const settings = sections
    .flatMap((section) => Object.entries(section.properties))
    .map(
      ([key, setting]) =>
        `| \`${key}\` | \`${cell(JSON.stringify(setting.default))}\` | ${cell(text(setting.markdownDescription ?? setting.description))} |`,
    );
  const hidden = new Set((contributes.menus.commandPalette ?? []).filter(({ when }) => when === 'false').map(({ command }) => command));
  const keys = new Map((contributes.keybindings ?? []).map(({ command, key }) => [command, key]));
  const commands = contributes.commands
    .filter(({ command }) => !hidden.has(command))
    .map(({ command, title }) => `| ${cell(text(title))} | \`${command}\` | ${keys.has(command) ? `\`${keys.get(command)}\`` : ''} |`);
  return replaced(
    replaced(readFileSync(file, 'utf8'), 'settings', ['| setting | default | what it does |', '| --- | --- | --- |', ...settings]),
    'commands',
    ['| command | id | key |', '| --- | --- | --- |', ...commands],
  );
}

function replaced(readme, name, table) {
  const start = `<!-- ${name}:start -->`;
  const end = `<!-- ${name}:end -->`;
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`README.md lacks the markers of its ${name}`);
  return `${readme.slice(0, from + start.length)}\n${table.join('\n')}\n${readme.slice(to)}`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(file, freshReadme());
