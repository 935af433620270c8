import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { visibleName } from '../ui/visibleText.ts';
import type { Disk } from './messages.ts';
import type { ResourcesModel } from './model.ts';
import { size } from './words.ts';

/** What the engine holds on disk. It counts long, so it is measured when the panel opens and when somebody asks. */
export function DiskCard({ model }: { model: ResourcesModel }): JSX.Element {
  const { disk } = model;
  return (
    <section class="card" aria-label="Disk">
      <div class="card-head">
        <h2>Disk</h2>
        <button type="button" class="link" disabled={disk.kind === 'waiting'} onClick={() => model.measure()}>
          {disk.kind === 'waiting' ? 'Measuring…' : 'Measure again'}
        </button>
      </div>
      {disk.kind === 'failed' ? (
        <p class="quiet">
          {disk.failure.message} {disk.failure.hint}
        </p>
      ) : null}
      {disk.value === undefined ? null : <Amounts disk={disk.value} />}
    </section>
  );
}

function Amounts({ disk: { images, volumes, buildCache, containers, free, total } }: { disk: Disk }): JSX.Element {
  const full = free !== null && total !== null && total > 0 ? 1 - free / total : undefined;
  return (
    <>
      {free === null || full === undefined || total === null ? null : (
        <p class={full > 0.9 ? 'full' : undefined}>
          {full > 0.9 ? <Icon name="warning" /> : null} {size(free)} of {size(total)} are free where the engine keeps its data.
          <progress class="disk-bar" max={1} value={full} aria-label={`${Math.round(full * 100)} % full`} />
        </p>
      )}
      <dl class="amounts">
        <div>
          <dt>Images</dt>
          <dd>
            {size(images.bytes)} <span class="quiet">in {images.count}</span>
          </dd>
        </div>
        <div>
          <dt>of them Hearth’s</dt>
          <dd>
            {size(images.oursBytes)} <span class="quiet">in {images.ours}</span>
          </dd>
        </div>
        <div>
          <dt>Build cache</dt>
          <dd>
            {size(buildCache.bytes)}{' '}
            {buildCache.reclaimable === 0 ? null : <span class="quiet">{size(buildCache.reclaimable)} not in use</span>}
          </dd>
        </div>
        <div>
          <dt>Containers</dt>
          <dd>
            {size(containers.bytes)} <span class="quiet">in {containers.count}</span>
          </dd>
        </div>
      </dl>
      {volumes.length === 0 ? null : (
        <ul class="rows volumes" aria-label="Volumes">
          {volumes.map(({ name, bytes }) => (
            <li key={name} class="row">
              <Icon name="database" />
              <code class="row-text">
                <bdi>{visibleName(name)}</bdi>
              </code>
              <span class="quiet">{bytes === null ? 'size not known' : size(bytes)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
