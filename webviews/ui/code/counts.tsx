import type { JSX } from 'preact';
import type { ChangedFile } from './files.ts';

/** Lines added and removed. */
export function Counts({ file }: { file: ChangedFile }): JSX.Element {
  if (file.counted === false) return <span class="counts uncounted">…</span>;
  if (file.binary) return <span class="counts">binary</span>;
  return (
    <span class="counts">
      {file.additions > 0 ? <span class="plus">+{file.additions}</span> : null}{' '}
      {file.deletions > 0 ? <span class="minus">−{file.deletions}</span> : null}
    </span>
  );
}
