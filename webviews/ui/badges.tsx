import './badges.css';
import type { JSX } from 'preact';
import type { BadgeView } from './messages.ts';
import { visibleName } from './visibleText.ts';

/** The environments where a commit runs; nothing where it runs nowhere. The symbol says how healthy it is, and so do the words. */
export function EnvironmentBadges({ badges }: { badges: readonly BadgeView[] | undefined }): JSX.Element | null {
  if (badges === undefined || badges.length === 0) return null;
  return (
    <span class="environments">
      {badges.map(({ symbol, name, words, tone }) => (
        <span key={name} class="environment" title={visibleName(words)}>
          <span class={`environment-symbol ${tone}`} aria-hidden="true">
            {symbol}
          </span>{' '}
          <bdi aria-hidden="true">{visibleName(name)}</bdi>
          <span class="visually-hidden">{visibleName(words)}</span>
        </span>
      ))}
    </span>
  );
}
