import { expect, test } from 'vitest';
import { withoutIcons } from '../../../extension/ui/iconText.ts';

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
