import { expect, test } from 'vitest';
import { withoutIcons, withoutLinks } from '../../../extension/ui/iconText.ts';

/** What VS Code takes for an icon in a label (`ThemeIcon.iconNameExpression` with an optional modifier). */
const icon = /\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/;

test('no text of a repository becomes an icon, and it reads as it was written', () => {
  for (const text of ['fix $(trash)', '$(sync~spin) $(x)', '\\$(error)', '$$(a)']) {
    expect(text).toMatch(icon);
    expect(withoutIcons(text)).not.toMatch(icon);
    expect(withoutIcons(text).replaceAll('\u200b', '')).toBe(text);
  }
  expect(withoutIcons('cost: $5 (cheap)')).toBe('cost: $5 (cheap)');
});

test('nor a link that runs a command', () => {
  // As VS Code finds links in the text of a notification.
  const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
  for (const text of [
    'There is no file [open](command:workbench.action.quit).',
    '[a](command:b) [c](https://d)',
    '[[a]](file:///x "title")',
  ]) {
    expect(text.replace('[[a]]', '[a]')).toMatch(link);
    expect(withoutLinks(text)).not.toMatch(link);
    expect(withoutLinks(text).replaceAll('\u200b', '')).toBe(text);
  }
});
