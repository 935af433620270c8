import type { JSX } from 'preact';
import { sizeOf } from '../ui/code/status.ts';
import { Icon } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { Body } from './bodies.ts';
import type { ChangedFile, FileDiff } from './messages.ts';
import type { DiffModel } from './model.ts';
import type { Navigator } from './navigator.ts';

interface Props {
  readonly model: DiffModel;
  readonly navigator: Navigator;
  readonly file: ChangedFile;
  readonly body: Body;
  retry(): void;
}

/** The body of a file that has no lines to show, or not yet. */
export function OtherBody({ model, navigator, file, body, retry }: Props): JSX.Element {
  switch (body.kind) {
    case 'waiting':
    case 'loading':
      return <Skeleton file={file} />;
    case 'gated':
      return (
        <Note icon="fold">
          A large change of {(file.additions + file.deletions).toLocaleString('en')} lines is not shown by itself.
          <button type="button" class="link" onClick={() => model.bodies.wish(file, {})}>
            Show anyway
          </button>
          <button type="button" class="link" onClick={() => navigator.open('openNative', file)}>
            Open in the diff editor
          </button>
        </Note>
      );
    case 'failed':
      return (
        <Note icon="error">
          {body.failure.message} {body.failure.hint}
          <button type="button" class="link" onClick={retry}>
            Try again
          </button>
        </Note>
      );
    case 'loaded':
      return <Shown model={model} navigator={navigator} file={file} diff={body.diff} />;
  }
}

function Shown({ navigator, file, diff }: { model: DiffModel; navigator: Navigator; file: ChangedFile; diff: FileDiff }): JSX.Element {
  switch (diff.kind) {
    case 'image':
      return (
        <div class="images">
          <Picture side="Before" mime={diff.mime} data={diff.old} size={diff.oldSize} path={file.oldPath ?? file.path} />
          <Picture side="After" mime={diff.mime} data={diff.new} size={diff.newSize} path={file.path} />
        </div>
      );
    case 'binary':
      return (
        <Note icon="file-binary">
          Binary file: {diff.oldSize === 0 ? 'nothing' : sizeOf(diff.oldSize)} → {diff.newSize === 0 ? 'nothing' : sizeOf(diff.newSize)}.
          <button type="button" class="link" onClick={() => navigator.open('openFile', file)}>
            Open
          </button>
        </Note>
      );
    case 'submodule':
      return (
        <div class="submodule">
          <p>
            <Icon name="file-submodule" /> Submodule <code>{diff.oldCommit?.slice(0, 10) ?? 'nothing'}</code> →{' '}
            <code>{diff.newCommit?.slice(0, 10) ?? 'nothing'}</code>
            {diff.dirty ? ', with changes of its own that are not committed' : ''}
          </p>
          {diff.log.length === 0 ? null : (
            <ul>
              {diff.log.map((line, index) => (
                <li key={index}>{visibleName(line)}</li>
              ))}
            </ul>
          )}
        </div>
      );
    case 'unchanged':
      return <Note icon="pass">{unchangedText(file)}</Note>;
    case 'text':
    case 'conflict':
      return <Note icon="pass">{unchangedText(file)}</Note>;
  }
}

function unchangedText(file: ChangedFile): string {
  if (file.oldMode !== file.newMode && file.oldMode !== '000000' && file.newMode !== '000000') return 'Only the mode of the file changed.';
  if (file.status === 'renamed') return 'Only the name changed.';
  if (file.status === 'copied') return 'A copy without changes.';
  if (file.status === 'added' || file.status === 'deleted' || file.status === 'untracked') return 'The file is empty.';
  return 'Nothing differs any more.';
}

/** Images come as data of the message; the policy of the page allows nothing else. */
function Picture({
  side,
  mime,
  data,
  size,
  path,
}: {
  side: string;
  mime: string;
  data: string | undefined;
  size: number;
  path: string;
}): JSX.Element {
  return (
    <figure class={`picture ${side.toLowerCase()}`}>
      <figcaption>
        {side} · {size === 0 ? 'nothing' : sizeOf(size)}
      </figcaption>
      {data === undefined ? (
        <div class="no-picture">{size === 0 ? 'There is no image on this side.' : 'The image is too large to show here.'}</div>
      ) : (
        <img
          alt={`${side}: ${visibleName(path)}`}
          src={`data:${/^image\/[a-z0-9.+-]+$/.test(mime) ? mime : 'image/png'};base64,${data}`}
          onLoad={({ currentTarget }) => {
            const caption = currentTarget.parentElement?.querySelector('figcaption');
            if (caption) caption.textContent = `${side} · ${sizeOf(size)} · ${currentTarget.naturalWidth} × ${currentTarget.naturalHeight}`;
          }}
        />
      )}
    </figure>
  );
}

function Note({ icon, children }: { icon: string; children: preact.ComponentChildren }): JSX.Element {
  return (
    <div class="note">
      <Icon name={icon} /> {children}
    </div>
  );
}

function Skeleton({ file }: { file: ChangedFile }): JSX.Element {
  const lines = Math.max(2, Math.min(12, file.additions + file.deletions));
  return (
    <div class="skeleton" aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => (
        <div class="skeleton-line" key={line} style={{ width: `${30 + ((line * 41) % 55)}%` }} />
      ))}
    </div>
  );
}
