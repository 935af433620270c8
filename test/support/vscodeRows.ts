// As much of the API of VS Code as rows of trees are made of, for unit tests: `vi.mock('vscode', async () => (await import(…)).vscodeRows)`.

class TreeItem {
  readonly label: string;
  readonly collapsibleState: number;
  constructor(label: string, collapsibleState: number) {
    this.label = label;
    this.collapsibleState = collapsibleState;
  }
}

class Markdown {
  value = '';
  appendText(text: string) {
    this.value += text.replace(/[\\`*_{}[\]()#+\-!~<>]/g, '\\$&');
    return this;
  }
  appendMarkdown(text: string) {
    this.value += text;
    return this;
  }
}

class Named {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

export const vscodeRows = {
  env: { language: 'en' },
  l10n: { t: (text: string, ...args: unknown[]) => text.replace(/\{(\d)\}/g, (_, at) => String(args[Number(at)])) },
  CancellationError: class extends Error {},
  EventEmitter: class {},
  MarkdownString: Markdown,
  ThemeColor: Named,
  ThemeIcon: Named,
  TreeItem,
  TreeItemCheckboxState: { Unchecked: 0, Checked: 1 },
  TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
  Uri: { file: (path: string) => ({ path }) },
  QuickPickItemKind: { Separator: -1 },
  window: {},
  commands: {},
  workspace: { isTrusted: true },
};
