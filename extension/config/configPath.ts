import { Uri } from 'vscode';

/** Where `hearth.yaml` of a repository is. */
export function configUri(repository: string): Uri {
  return Uri.joinPath(Uri.file(repository), 'hearth.yaml');
}

export function isConfig(uri: Uri): boolean {
  return uri.scheme === 'file' && uri.path.endsWith('/hearth.yaml');
}
