import type { Feature, Shell } from './shell.ts';

/** Commands about the server itself. */
export function serverCommands(shell: Shell): Feature {
  return {
    commands: {
      'hearth.server.restart': () => shell.server.restart(),
      'hearth.server.showLog': () => shell.log.show(),
    },
    dispose: () => {},
  };
}
