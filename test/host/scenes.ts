// What the pictures of the README show. Each scene arranges the window on the sample repository; screenshots.ts then takes it in light,
// dark and high contrast as media/screenshots/<name>-<theme>.png. Wait in `arrange` until everything the picture needs is there.
import { join } from 'node:path';
import type { Vscode } from './page.ts';

export interface Scene {
  name: string;
  /** `folder` is a fresh sample (test/sample); the window is the same for all scenes, with all editors closed before each. */
  arrange(code: Vscode, folder: string): Promise<void>;
}

export const scenes: Scene[] = [
  {
    name: 'editor',
    async arrange(code, folder) {
      await code.evaluate(
        async (vscode, file, line) => {
          const editor = await vscode.window.showTextDocument(vscode.Uri.file(file));
          const position = new vscode.Position(line, 4);
          editor.selection = new vscode.Selection(position, position);
          editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.InCenter);
        },
        join(folder, 'src/checkout/checkout.ts'),
        46,
      );
      await code.page.locator('.view-lines', { hasText: 'export function totals' }).waitFor();
    },
  },
];
