import { type ChangedFile, fileKey } from './messages.ts';

/** The tree of changed files: folders first, chains of single folders in one row. */

export interface FolderNode {
  readonly kind: 'folder';
  /** With `/` at the end; unique. */
  readonly path: string;
  readonly name: string;
  readonly children: readonly TreeNode[];
  readonly files: number;
}

export interface FileNode {
  readonly kind: 'file';
  readonly name: string;
  readonly key: string;
  readonly file: ChangedFile;
}

export type TreeNode = FolderNode | FileNode;

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: FileNode[];
}

export function buildTree(files: Iterable<ChangedFile>): TreeNode[] {
  const root: Folder = { folders: new Map(), files: [] };
  for (const file of files) {
    const parts = file.path.split('/');
    const name = parts.pop() ?? file.path;
    let folder = root;
    for (const part of parts) {
      let next = folder.folders.get(part);
      if (next === undefined) {
        next = { folders: new Map(), files: [] };
        folder.folders.set(part, next);
      }
      folder = next;
    }
    folder.files.push({ kind: 'file', name, key: fileKey(file), file });
  }
  return finish(root, '');
}

function finish(folder: Folder, path: string): TreeNode[] {
  const folders = sorted([...folder.folders], ([name]) => name).map(([name, child]) => finishFolder(name, child, path));
  return [...folders, ...sorted(folder.files, ({ name }) => name)];
}

function finishFolder(name: string, folder: Folder, parent: string): FolderNode {
  let [label, path, inner] = [name, `${parent}${name}/`, folder];
  while (inner.files.length === 0 && inner.folders.size === 1) {
    for (const [next, child] of inner.folders) {
      label += `/${next}`;
      path += `${next}/`;
      inner = child;
    }
  }
  const children = finish(inner, path);
  const files = children.reduce((sum, child) => sum + (child.kind === 'file' ? 1 : child.files), 0);
  return { kind: 'folder', path, name: label, children, files };
}

/** Case does not separate neighbours, and `file10` follows `file9`. */
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
/** A folder with more children is sorted by code units: the words' order costs a hundred times more. */
const sortedByWords = 500;

function sorted<T>(list: T[], nameOf: (item: T) => string): T[] {
  const plain = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  if (list.length > sortedByWords) return list.sort((a, b) => plain(nameOf(a), nameOf(b)));
  return list.sort((a, b) => collator.compare(nameOf(a), nameOf(b)) || plain(nameOf(a), nameOf(b)));
}

/** A visible row of the tree. `position` and `size` are among its siblings, 1-based. */
export interface TreeRow {
  readonly node: TreeNode;
  readonly level: number;
  readonly position: number;
  readonly size: number;
}

export function flattenTree(nodes: readonly TreeNode[], closed: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  const walk = (children: readonly TreeNode[], level: number): void => {
    children.forEach((node, index) => {
      rows.push({ node, level, position: index + 1, size: children.length });
      if (node.kind === 'folder' && !closed.has(node.path)) walk(node.children, level + 1);
    });
  };
  walk(nodes, 1);
  return rows;
}

/** Files in the order of the tree, whatever is closed. */
export function filesInOrder(nodes: readonly TreeNode[]): ChangedFile[] {
  const files: ChangedFile[] = [];
  const walk = (children: readonly TreeNode[]): void => {
    for (const node of children) {
      if (node.kind === 'file') files.push(node.file);
      else walk(node.children);
    }
  };
  walk(nodes);
  return files;
}
