// Rows of a tree as a pointer finds them: drawn anew whenever something changes, with buttons only below the pointer.
import type { Locator } from 'playwright-core';
import { insist } from '../host/window.ts';

/** Presses a button of a row. */
export function pressIn(row: Locator, button: string): Promise<void> {
  return insist(async () => {
    await row.hover({ timeout: 5000 });
    await row.getByRole('button', { name: button }).click({ timeout: 5000 });
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
