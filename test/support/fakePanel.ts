// A panel of VS Code with a page that is loaded when the test says so.
import type { WebviewPanel } from 'vscode';
import { Emitter } from './vscodeViews.ts';

export interface Told {
  readonly kind: string;
  readonly name?: string;
  readonly value?: { readonly target: unknown; readonly asked: string | null };
}

export function fakePanel() {
  const heard = new Emitter<object>();
  const viewed = new Emitter<void>();
  const never = () => ({ dispose: () => {} });
  let told: Told[] = [];
  const panel = {
    title: '',
    visible: true,
    reveal: () => {},
    onDidDispose: never,
    onDidChangeViewState: viewed.event,
    webview: {
      options: {},
      html: '',
      cspSource: '',
      asWebviewUri: () => '',
      onDidReceiveMessage: heard.event,
      postMessage: async (text: string) => panel.visible && told.push(JSON.parse(text)),
    },
  };
  return {
    panel: panel as unknown as WebviewPanel,
    /** What the page that is there now was told. */
    get told(): readonly Told[] {
      return told;
    },
    /** Loads the page: what the one before was told is lost. */
    load: () => {
      told = [];
      panel.visible = true;
      heard.fire({ kind: 'ready' });
      return told.find(({ name }) => name === 'opened')?.value;
    },
    hide: () => {
      panel.visible = false;
      viewed.fire();
    },
    ask: (method: string, params: object) => heard.fire({ kind: 'request', id: 1, method, params }),
  };
}
