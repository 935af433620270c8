import type { CommandTable, Feature, Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { CurrentItems } from './currentItems.ts';
import { ItemPanels } from './itemPanels.ts';
import { workCommands } from './workCommands.ts';
import { WorkStatus } from './workStatus.ts';
import { WorkView } from './workView.ts';

/** The work domain's part of the shell: view, panels of items, the current item in the status bar. */
export class WorkFeature extends Registered implements Feature {
  readonly commands: CommandTable;
  readonly view: WorkView;
  readonly status: WorkStatus;

  constructor(shell: Shell) {
    super();
    const current = this.register(new CurrentItems(shell));
    this.view = this.register(new WorkView(shell, current));
    this.status = this.register(new WorkStatus(shell, current));
    const panels = this.register(new ItemPanels(shell));
    shell.work = this;
    this.commands = workCommands({ shell, current }, this.view, panels);
  }
}
