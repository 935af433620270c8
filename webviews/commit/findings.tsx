import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { CommitModel } from './model.ts';

/** Findings that are drawn; whoever has more has another problem than reading them one by one. */
const most = 50;

/** Lines of the staged text that look like secrets: each is opened, or allowed. The text itself never gets here, only a redacted part. */
export function Findings({ model }: { model: CommitModel }): JSX.Element | null {
  const { plan, draft } = model;
  if (plan === undefined || (plan.findings.length === 0 && plan.warnings.length === 0)) return null;
  const { findings, warnings } = plan;
  return (
    <section class="findings" id="spot-secrets" aria-label="Secret scan">
      {findings.length === 0 ? null : (
        <p class="caution">
          <Icon name="key" /> {findings.length === 1 ? 'This looks like a secret:' : `${findings.length} of these look like secrets:`}
        </p>
      )}
      <ul class="finding-list">
        {findings.slice(0, most).map(({ fingerprint, path, line, message, rule, preview }) => (
          <li key={fingerprint} class={draft.allow.includes(fingerprint) ? 'finding allowed' : 'finding'}>
            <div class="finding-head">
              <button
                type="button"
                class="link finding-place"
                title={visibleName(path)}
                onClick={() => void model.bridge.ask('openFile', { path, line })}
              >
                {visibleName(path)}:{line}
              </button>
              <label class="kind">
                <input
                  type="checkbox"
                  aria-label={`Allow ${visibleName(path)} line ${line}`}
                  checked={draft.allow.includes(fingerprint)}
                  onChange={({ currentTarget }) => model.allow(fingerprint, currentTarget.checked)}
                />
                Allow
              </label>
            </div>
            <div class="finding-what">
              <span title={visibleName(rule)}>{visibleName(message)}</span> <code>{visibleName(preview)}</code>
            </div>
          </li>
        ))}
      </ul>
      {findings.length > most ? <p class="hint">… and {findings.length - most} more.</p> : null}
      {warnings.map((warning, index) => (
        <p class="hint" key={index}>
          {visibleName(warning)}
        </p>
      ))}
    </section>
  );
}
