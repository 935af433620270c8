import { Component } from 'preact';

/** A component that draws again only when one of its properties is another. */
export abstract class Memo<P extends object> extends Component<P> {
  override shouldComponentUpdate(next: P): boolean {
    const before = this.props as Record<string, unknown>;
    const after = next as Record<string, unknown>;
    for (const name in after) if (before[name] !== after[name]) return true;
    return false;
  }
}
