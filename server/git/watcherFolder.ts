import { type FSWatcher, watch } from 'node:fs';

/** One folder, not what is below it. `changed` hears the name of the entry, undefined where the system does not tell. Never throws. */
export class FolderWatch {
  #watcher: FSWatcher | undefined;

  constructor(folder: string, changed: (name: string | undefined) => void) {
    try {
      this.#watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name?.endsWith('.lock')) return;
        changed(name ?? undefined);
      });
      this.#watcher.on('error', () => changed(undefined));
    } catch {
      // The folder may not exist (no refs yet), or the system has no watches left: views then refresh by hand.
    }
  }

  close(): void {
    this.#watcher?.close();
  }
}
