// Rows of a tree as a pointer finds them: drawn anew whenever something changes, with buttons only below the pointer.
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import { insist } from '../host/window.ts';

/** Presses a button of a row until something came of it: a row that is drawn anew between the two halves of a click does not hear it. */
export function pressIn(row: Locator, button: string, came: () => Promise<boolean>): Promise<void> {
  let pressed = false;
  return insist(async () => {
    if (pressed && (await came())) return;
    await row.hover({ timeout: 5000 });
    await row.getByRole('button', { name: button }).click({ timeout: 5000 });
    pressed = true;
    await expect.poll(came, { timeout: 8000 }).toBe(true);
  });
}

/** Points at something until what comes of it is there. */
export function pointAt(place: Locator, shown: Locator): Promise<void> {
  return insist(async () => {
    await place.page().mouse.move(700, 500);
    await place.hover({ timeout: 5000 });
    await shown.waitFor({ timeout: 5000 });
  });
}
