// `npm run screenshots [-- SCENE …]`: takes the scenes of scenes.ts in three themes. HEARTH_SCREENSHOTS=DIR writes elsewhere than
// media/screenshots. Fails when a picture is larger than a README wants.
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createSample } from '../sample/createSample.mjs';
import { dockerAddress, endDocker } from '../support/dockerEngine.ts';
import { leaveSwarm } from '../support/swarm.ts';
import { repository } from './bundle.ts';
import { endDeployments } from './deployStory.ts';
import { openVscode, type Vscode } from './page.ts';
import { temporaryFolder } from './provision.ts';
import { type Scene, scenes } from './scenes.ts';

const themes = { light: 'Light 2026', dark: 'Dark 2026', contrast: 'Default High Contrast' };
const limit = 250_000;
/** The title would begin with "[Extension Development Host]". */
const plain = {
  'window.commandCenter': false,
  'workbench.layoutControl.enabled': false,
  'window.title': 'shop',
  'editor.minimap.enabled': false,
};

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
  let tooLarge = 0;
  try {
    if (chosen.some(({ docker }) => docker)) process.env['HEARTH_TEST_DOCKER_HOST'] = await dockerAddress();
    // A window for each theme: code in a hover keeps the colours of the theme it was made in.
    for (const [suffix, theme] of Object.entries(themes)) {
      const code = await openVscode({ folder, settings: { ...plain, 'workbench.colorTheme': theme } });
      try {
        for (const scene of chosen) tooLarge += await take(code, scene, folder, join(target, `${scene.name}-${suffix}.png`));
      } finally {
        if (chosen.some(({ docker }) => docker)) await endDeployments(code, folder);
        await code.close();
      }
    }
  } finally {
    // It is none when no scene deployed a stack.
    if (chosen.some(({ docker }) => docker)) await leaveSwarm().catch(() => {});
    await endDocker();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
  return tooLarge === 0 ? 0 : 1;
}

/** Takes one picture; 1 when it is too large, else 0. */
async function take(code: Vscode, scene: Scene, folder: string, path: string): Promise<number> {
  await code.command('workbench.action.closeAllEditors');
  await code.command('notifications.clearAll');
  await scene.arrange(code, folder);
  // Icons come a little later; nothing tells when the last pixel did.
  await code.page.waitForTimeout(1500);
  await code.page.screenshot({ path, caret: 'hide' });
  const { size } = statSync(path);
  console.log(`${path} (${Math.round(size / 1000)} kB)`);
  if (size <= limit) return 0;
  console.error(`larger than ${limit / 1000} kB`);
  return 1;
}
