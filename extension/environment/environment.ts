import type { CommandTable, Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { DoctorDiagnostics } from './doctor.ts';
import { exportKeys, importKeys, rotateKey } from './masterKeys.ts';
import { setSecret, setVariable, unsetVariable } from './setVariable.ts';
import { showVariables } from './showVariables.ts';

/** The environment domain's part of the shell: variables, secrets, the keys they are encrypted with, the doctor of `.env` files. */
export class EnvironmentFeature extends Registered implements Feature {
  readonly commands: CommandTable;

  constructor(shell: Shell) {
    super();
    this.register(new DoctorDiagnostics(shell));
    this.commands = {
      'hearth.environment.show': (argument: unknown) => showVariables(shell, argument),
      'hearth.environment.setVariable': (argument: unknown) => setVariable(shell, argument),
      'hearth.environment.setSecret': (argument: unknown) => setSecret(shell, argument),
      'hearth.environment.unset': (argument: unknown) => unsetVariable(shell, argument),
      'hearth.environment.rotateKey': (argument: unknown) => rotateKey(shell, argument),
      'hearth.environment.exportKeys': (argument: unknown) => exportKeys(shell, argument),
      'hearth.environment.importKeys': (argument: unknown) => importKeys(shell, argument),
    };
  }
}
