import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Icon } from '../ui/components.tsx';
import { HealthIcon, healthWords } from '../ui/health.tsx';
import { visibleName } from '../ui/visibleText.ts';
import { neighbour, nodeSize, pathOf } from './layout.ts';
import type { MapModel } from './model.ts';
import { edgeKey } from './relations.ts';

interface Props {
  readonly model: MapModel;
  readonly drawn: NonNullable<MapModel['drawn']>;
  readonly scale: number;
  readonly frame: { current: HTMLDivElement | null };
}

/** The drawing: services as buttons, needs as lines below them. The chosen one has the keyboard. */
export function MapCanvas({ model, drawn, scale, frame }: Props): JSX.Element {
  const { layout } = drawn;
  const { chosen, impact } = model;
  // One stop for the Tab key; arrow keys go on from there.
  const stop = chosen ?? layout.places[0]?.name;
  useEffect(() => {
    if (chosen !== undefined) document.getElementById(`service-${chosen}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [chosen, drawn.key]);
  const onKey = (event: KeyboardEvent, name: string): void => {
    if (event.key === 'Enter' && model.service(name) !== undefined) {
      event.preventDefault();
      model.run({ what: 'service', name });
      return;
    }
    if (!event.key.startsWith('Arrow')) return;
    event.preventDefault();
    const next = neighbour(layout.places, name, event.key);
    if (next === undefined) return;
    model.choose(next);
    document.getElementById(`service-${next}`)?.focus();
  };
  const inWay = (from: string, to: string): boolean => chosen !== undefined && (to === chosen || impact.has(to)) && impact.has(from);
  return (
    <div class="map-frame" ref={frame} onPointerDown={drag}>
      <div class="map-size" style={{ width: `${layout.width * scale}px`, height: `${layout.height * scale}px` }}>
        <div class="map" style={{ width: `${layout.width}px`, height: `${layout.height}px`, transform: `scale(${scale})` }}>
          <svg class="lines" width={layout.width} height={layout.height} aria-hidden="true">
            <defs>
              <marker
                id="arrow"
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="11"
                markerHeight="11"
                markerUnits="userSpaceOnUse"
                orient="auto"
              >
                <path d="M0,0.5 L8,4 L0,7.5 z" />
              </marker>
            </defs>
            {layout.lines.map(({ from, to, points }) => {
              const key = edgeKey(from, to);
              const failing = model.health(to)?.state === 'down';
              const classes = [drawn.round.has(key) ? 'round' : '', failing ? 'failing' : '', inWay(from, to) ? 'impact' : ''];
              return <path key={key} class={`line ${classes.join(' ')}`} d={pathOf(points)} marker-end="url(#arrow)" />;
            })}
          </svg>
          {layout.places.map(({ name, x, y }) => (
            <Service key={name} model={model} name={name} x={x} y={y} tabStop={name === stop} onKey={onKey} />
          ))}
        </div>
      </div>
    </div>
  );
}

interface ServiceProps {
  readonly model: MapModel;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly tabStop: boolean;
  onKey(event: KeyboardEvent, name: string): void;
}

function Service({ model, name, x, y, tabStop, onKey }: ServiceProps): JSX.Element {
  const { chosen, found, loaded } = model;
  const listed = model.service(name);
  const health = model.health(name);
  const state = health?.state ?? 'unknown';
  const distance = model.impact.get(name);
  const round = loaded.value?.cycles.some((way) => way.includes(name)) === true;
  const classes = [
    state,
    chosen === name ? 'chosen' : '',
    distance === undefined ? '' : 'impacted',
    found === undefined ? '' : found.has(name) ? 'found' : 'other',
    listed === undefined ? 'missing' : '',
    listed?.entry.orphan == null ? '' : 'orphan',
  ];
  const words = listed === undefined ? 'not in the catalog' : health === undefined ? 'not there' : healthWords(state).name;
  return (
    <button
      type="button"
      id={`service-${name}`}
      class={`service ${classes.join(' ')}`}
      style={{ left: `${x}px`, top: `${y}px`, width: `${nodeSize.width}px`, height: `${nodeSize.height}px` }}
      tabIndex={tabStop ? 0 : -1}
      aria-pressed={chosen === name}
      title={visibleName(health?.message ?? words)}
      onClick={() => model.choose(name)}
      onDblClick={() => (listed === undefined ? undefined : model.run({ what: 'service', name }))}
      onKeyDown={(event) => onKey(event, name)}
    >
      <span class="service-name">
        <HealthIcon state={state} spoken={false} />
        <bdi>{visibleName(name)}</bdi>
      </span>
      <span class="service-words">
        {words}
        {listed === undefined ? '' : ` · ${listed.entry.type}`}
        {listed?.entry.orphan == null ? '' : ' · orphan'}
      </span>
      {distance === undefined ? null : (
        <span class="mark impact-mark" title="Fails with the chosen one">
          <Icon name="zap" />
          <span class="visually-hidden">, fails with {visibleName(chosen ?? '')}</span>
        </span>
      )}
      {round ? (
        <span class="mark round-mark" title="In a cycle">
          <Icon name="sync" />
          <span class="visually-hidden">, in a cycle</span>
        </span>
      ) : null}
    </button>
  );
}

/** Drags the paper under the frame. */
function drag(event: PointerEvent): void {
  const frame = event.currentTarget;
  if (!(frame instanceof HTMLElement) || event.button !== 0) return;
  if (event.target instanceof Element && event.target.closest('.service') !== null) return;
  const { scrollLeft, scrollTop } = frame;
  frame.setPointerCapture(event.pointerId);
  frame.onpointermove = (move) => {
    frame.scrollLeft = scrollLeft - (move.clientX - event.clientX);
    frame.scrollTop = scrollTop - (move.clientY - event.clientY);
  };
  frame.onpointerup = () => {
    frame.onpointermove = null;
    frame.onpointerup = null;
  };
}
