/** A setting that steps aside by itself. */
export type Switch = 'auto' | 'on' | 'off';

/** What `auto` comes to: on, unless another tool shows the same at the same place. */
export function resolveSwitch<T extends string>(chosen: T, taken: boolean): Exclude<T, 'auto'> | 'on' | 'off' {
  if (chosen !== 'auto') return chosen as Exclude<T, 'auto'>;
  return taken ? 'off' : 'on';
}
