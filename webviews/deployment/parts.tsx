import type { JSX } from 'preact';
import { sizeOf } from '../ui/code/status.ts';
import { Icon } from '../ui/components.tsx';
import { duration } from '../ui/spans.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { DeploymentDetail } from './messages.ts';
import { migrationWords, updateWords } from './words.ts';

/** What is particular to a deployment: smoke tests, its migration, the folder of a site, the services of a stack. Each is absent where there is none. */

export function SmokePart({ tests }: { tests: DeploymentDetail['smoke'] }): JSX.Element | null {
  if (tests === undefined || tests.length === 0) return null;
  const passed = tests.filter(({ ok }) => ok).length;
  return (
    <section class="part smoke" aria-label="Smoke tests">
      <h2>
        Smoke tests{' '}
        <span class="count">
          {passed} of {tests.length} passed
        </span>
      </h2>
      <ul>
        {tests.map(({ name, ok, milliseconds, message }) => (
          <li key={name} class={ok ? 'ok' : 'failed'}>
            <Icon name={ok ? 'pass-filled' : 'error'} />
            <span class="visually-hidden">{ok ? 'passed: ' : 'failed: '}</span>
            <span class="part-text">
              <bdi>{visibleName(name)}</bdi>{' '}
              <span class="quiet">
                {duration(milliseconds)}
                {ok && message !== '' ? `, ${visibleName(message)}` : ''}
              </span>
              {ok || message === '' ? null : <span class="quiet block">{visibleName(message)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function MigrationPart({ migration }: { migration: DeploymentDetail['migration'] }): JSX.Element | null {
  if (migration === undefined) return null;
  const { name, icon, tone } = migrationWords(migration.state);
  return (
    <section class="part migration" aria-label="Migration">
      <h2>Migration</h2>
      <ul>
        <li class={tone}>
          <Icon name={icon} />
          <span class="part-text">
            {name}
            {migration.message === '' ? null : <span class="quiet block">{visibleName(migration.message)}</span>}
          </span>
        </li>
      </ul>
    </section>
  );
}

export function SitePart({ site, live }: { site: DeploymentDetail['site']; live: boolean }): JSX.Element | null {
  if (site === undefined) return null;
  const { root, release, files, bytes, current } = site;
  return (
    <section class="part site" aria-label="Site">
      <h2>
        Site{' '}
        <span class="count">
          {files.toLocaleString()} {files === 1 ? 'file' : 'files'}, {sizeOf(bytes)}
        </span>
      </h2>
      <ul>
        <li class={current ? 'ok' : live ? 'failed' : ''}>
          <Icon name={current ? 'folder-active' : 'folder'} />
          <span class="part-text">
            <code>
              <bdi>{visibleName(root)}</bdi>
            </code>{' '}
            <span class="quiet">
              {current ? 'current leads to ' : 'current does not lead to '}
              <code>
                <bdi>{visibleName(release)}</bdi>
              </code>
            </span>
          </span>
        </li>
      </ul>
    </section>
  );
}

export function StackPart({ stack }: { stack: DeploymentDetail['stack'] }): JSX.Element | null {
  if (stack === undefined) return null;
  return (
    <section class="part stack" aria-label="Stack">
      <h2>
        Stack{' '}
        <span class="count">
          <bdi>{visibleName(stack.name)}</bdi>
        </span>
      </h2>
      <ul>
        {stack.services.map(({ name, image, running, wanted, update, message }) => {
          const whole = running >= wanted;
          const words = updateWords(update);
          return (
            <li key={name} class={whole ? 'ok' : 'failed'} title={visibleName(image)}>
              <Icon name={wanted === 0 ? 'debug-stop' : whole ? 'pass-filled' : 'warning'} />
              <span class="part-text">
                <bdi>{visibleName(name)}</bdi>{' '}
                <span class="quiet">
                  {running} of {wanted} {wanted === 1 ? 'replica' : 'replicas'}
                  {words === '' ? '' : `, ${words}`}
                </span>
                {message === null || message === '' ? null : <span class="quiet block">{visibleName(message)}</span>}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
