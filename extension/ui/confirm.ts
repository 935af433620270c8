import { window } from 'vscode';
import { withoutLinks } from './iconText.ts';

/** A question before something is lost, or before something with many steps. */
export interface Confirmation {
  /** What will happen, in one sentence. */
  readonly message: string;
  /** What will be lost, and how to undo it. */
  readonly detail?: string;
  /** The verb of the button that goes on. */
  readonly action: string;
  /** A second way to go on. */
  readonly other?: string;
}

/** Which button was pressed; undefined when the user turns away. */
export type Ask = (question: Confirmation) => Promise<'action' | 'other' | undefined>;

/** Asks once, in a dialog that keeps the window waiting. Suites replace `ask`: VS Code shows no such dialog while one runs. */
export class Confirm {
  ask: Ask = async ({ message, detail, action, other }) => {
    const buttons = other === undefined ? [action] : [action, other];
    const options = { modal: true, ...(detail === undefined ? {} : { detail: withoutLinks(detail) }) };
    const picked = await window.showWarningMessage(withoutLinks(message), options, ...buttons);
    if (picked === undefined) return undefined;
    return picked === action ? 'action' : 'other';
  };

  /** Whether the user wants it. */
  async wanted(question: Confirmation): Promise<boolean> {
    return (await this.ask(question)) !== undefined;
  }
}
