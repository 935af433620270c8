import type { ComponentChildren, JSX } from 'preact';

/** A codicon; decoration only, the control beside it carries the name. */
export function Icon({ name, class: extra = '' }: { name: string; class?: string }): JSX.Element {
  return <span class={`codicon codicon-${name} ${extra}`} aria-hidden="true" />;
}

interface ButtonProps {
  readonly icon: string;
  /** The name, for the tooltip and for screen readers; with the key that does the same. */
  readonly label: string;
  readonly shortcut?: string;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly disabled?: boolean;
  /** No: the keyboard reaches what it does in another way. */
  readonly tabStop?: boolean;
  readonly children?: ComponentChildren;
  onClick(event: MouseEvent): void;
}

/** A button of a toolbar: an icon with a name. */
export function IconButton({ icon, label, shortcut, pressed, expanded, disabled, tabStop, children, onClick }: ButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class="icon-button"
      title={shortcut === undefined ? label : `${label} (${shortcut})`}
      aria-label={label}
      aria-keyshortcuts={shortcut}
      aria-pressed={pressed}
      aria-expanded={expanded}
      disabled={disabled}
      tabIndex={tabStop === false ? -1 : undefined}
      onClick={onClick}
    >
      <Icon name={icon} />
      {children}
    </button>
  );
}

/** A thin line that moves while something is under way. */
export function ProgressLine({ active, label }: { active: boolean; label: string }): JSX.Element {
  return active ? (
    <div class="progress-line" role="progressbar" aria-label={label}>
      <div class="progress-bit" />
    </div>
  ) : (
    <div class="progress-line" />
  );
}

interface MessageProps {
  readonly icon: string;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly children?: ComponentChildren;
}

/** What stands in an empty or failed place: what happened, and what to do. */
export function Message({ icon, title, detail, children }: MessageProps): JSX.Element {
  return (
    <div class="message" role="status">
      <Icon name={icon} class="message-icon" />
      <p class="message-title">{title}</p>
      {detail === undefined ? null : <p class="message-detail">{detail}</p>}
      {children === undefined ? null : <div class="message-actions">{children}</div>}
    </div>
  );
}
