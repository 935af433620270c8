import type { CommandTable, Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { runDoctor } from './doctor.ts';

/** How Hearth itself does, for its user. */
export class OperationFeature extends Registered implements Feature {
  readonly commands: CommandTable;

  constructor(shell: Shell) {
    super();
    this.commands = { 'hearth.operation.doctor': () => runDoctor(shell) };
  }
}
