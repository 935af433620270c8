import { Offsets } from '../ui/code/layout.ts';
import { estimatedHeight, fixed, type Metrics, type TextView } from '../ui/code/measure.ts';
import { isLarge } from './gate.ts';
import { type ChangedFile, fileKey } from './messages.ts';
import type { DiffModel } from './model.ts';

/** Heights of all files of the page, and where each begins. Text is computed, the rest is measured once it was drawn. */
export class PageLayout {
  readonly #model: DiffModel;
  /** Of bodies that are not text, by key. */
  readonly #measured = new Map<string, { height: number; of: unknown }>();
  #metrics: Metrics | undefined;
  /** Counts what changed of the metrics and of what was measured. */
  version = 0;
  offsets = new Offsets([]);

  constructor(model: DiffModel) {
    this.#model = model;
  }

  get metrics(): Metrics | undefined {
    return this.#metrics;
  }

  set metrics(metrics: Metrics | undefined) {
    this.#metrics = metrics;
    this.version++;
  }

  /** Computes all offsets anew; true when something moved. */
  update(): boolean {
    const { metrics } = this;
    if (metrics === undefined) return false;
    const { shown } = this.#model;
    const heights = new Float64Array(shown.length);
    shown.forEach((file, index) => {
      heights[index] = fixed.header + this.#bodyHeight(file, metrics) + fixed.gap;
    });
    const before = this.offsets;
    this.offsets = new Offsets(heights);
    return before.length !== this.offsets.length || before.total !== this.offsets.total;
  }

  viewOf(key: string): TextView | undefined {
    const body = this.#model.body(key);
    return body.kind === 'loaded' && this.metrics !== undefined ? this.#model.bodies.view(body, this.metrics) : undefined;
  }

  /** What a drawn body that is not text really takes; true when that is news. */
  measured(key: string, height: number): boolean {
    const body = this.#model.body(key);
    if (this.viewOf(key) !== undefined || body.kind === 'loading' || body.kind === 'waiting') return false;
    const known = this.#measured.get(key);
    if (known?.of === body && Math.abs(known.height - height) < 1) return false;
    this.#measured.set(key, { height, of: body });
    this.version++;
    return true;
  }

  #bodyHeight(file: ChangedFile, metrics: Metrics): number {
    const key = fileKey(file);
    if (this.#model.isCollapsed(key)) return 0;
    const body = this.#model.body(key);
    if (body.kind === 'loaded') {
      const view = this.#model.bodies.view(body, metrics);
      if (view !== undefined) {
        const cut = 'truncated' in body.diff && body.diff.truncated;
        return view.offsets.total + (cut ? fixed.note : 0) + (metrics.wordWrap ? 0 : 12);
      }
    }
    const known = this.#measured.get(key);
    if (known?.of === body) return known.height;
    if (body.kind === 'gated' || (body.kind === 'waiting' && isLarge(file))) return fixed.message;
    if (body.kind === 'loaded') return body.diff.kind === 'image' ? fixed.image : fixed.message;
    return body.kind === 'failed' ? fixed.message : estimatedHeight(file, metrics, this.#model.context);
  }
}
