// `npm run screenshots [-- SCENE …]`: takes the scenes of scenes.ts in three themes. HEARTH_SCREENSHOTS=DIR writes elsewhere than
// media/screenshots. Fails when a picture is larger than a README wants.
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSample } from '../sample/createSample.mjs';
import { repository } from './bundle.ts';
import { openVscode, type Vscode } from './page.ts';
import { temporaryFolder } from './provision.ts';
import { scenes } from './scenes.ts';

const themes = { light: 'Light 2026', dark: 'Dark 2026', contrast: 'Default High Contrast' };
const limit = 250_000;

process.exitCode = await main(process.argv.slice(2));

async function main(names: string[]): Promise<number> {
  const chosen = scenes.filter((scene) => names.length === 0 || names.includes(scene.name));
  if (chosen.length === 0) {
    console.error(`no scene is named ${names.join(' or ')}; there are ${scenes.map((scene) => scene.name).join(', ')}`);
    return 2;
  }
  const target = process.env['HEARTH_SCREENSHOTS'] ?? join(repository, 'media/screenshots');
  mkdirSync(target, { recursive: true });
  const scratch = temporaryFolder('pictures');
  const folder = join(scratch, 'shop');
  await createSample(folder);
  // The title would begin with "[Extension Development Host]".
  const code = await openVscode({
    folder,
    settings: {
      'window.commandCenter': false,
      'workbench.layoutControl.enabled': false,
      'window.title': 'shop',
      'editor.minimap.enabled': false,
    },
  });
  let failed = 0;
  try {
    for (const scene of chosen) {
      await code.command('workbench.action.closeAllEditors');
      await code.command('notifications.clearAll');
      await scene.arrange(code, folder);
      for (const [suffix, theme] of Object.entries(themes)) {
        await useTheme(code, theme);
        const path = join(target, `${scene.name}-${suffix}.png`);
        await code.page.screenshot({ path, caret: 'hide' });
        const { size } = statSync(path);
        console.log(`${path} (${Math.round(size / 1000)} kB)`);
        if (size > limit) {
          console.error(`larger than ${limit / 1000} kB`);
          failed++;
        }
      }
    }
  } finally {
    await code.close();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
  return failed === 0 ? 0 : 1;
}

async function useTheme(code: Vscode, theme: string): Promise<void> {
  await code.evaluate(async (vscode, name) => {
    const settings = vscode.workspace.getConfiguration();
    if (settings.get('workbench.colorTheme') !== name)
      await settings.update('workbench.colorTheme', name, vscode.ConfigurationTarget.Global);
  }, theme);
  // Colours change at once, panels and icons a little later; nothing tells when the last pixel did.
  await code.page.waitForTimeout(1500);
}
