import type { JSX } from 'preact';
import { Icon, IconButton } from '../ui/components.tsx';
import { taskOf } from '../ui/tasks.ts';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { ResourceRow } from './messages.ts';
import type { ResourcesModel } from './model.ts';
import { lineOf, type Sample, shareOf, type Watched } from './samples.ts';
import { cpu, size } from './words.ts';

/** What each container uses: now as a number with its limit, in the last two minutes as a line. */
export function ContainerTable({ model }: { model: ResourcesModel }): JSX.Element {
  const { services, stopped } = model;
  if (services.size === 0 && stopped.length === 0) {
    return (
      <section class="card" aria-label="Containers">
        <p class="quiet">Nothing here has containers that run. What is deployed shows here by itself.</p>
      </section>
    );
  }
  return (
    <section class="card" aria-label="Containers">
      <div class="scroll">
        <table class="containers-table">
          <caption class="visually-hidden">What containers use</caption>
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">Processors</th>
              <th scope="col">Memory</th>
              <th scope="col">Network</th>
              <th scope="col">Processes</th>
              <th scope="col">Running</th>
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {[...services].flatMap(([service, watched]) =>
              watched.map((each, replica) => (
                <ContainerRows
                  key={each.row.container}
                  model={model}
                  watched={each}
                  service={service}
                  replica={replica}
                  of={watched.length}
                />
              )),
            )}
            {stopped.map(({ service, since }) => (
              <tr key={service} class="container" tabIndex={-1}>
                <th scope="row">
                  <Icon name="debug-stop" /> <bdi>{visibleName(service)}</bdi>
                </th>
                <td colSpan={5} class="quiet">
                  Stopped on purpose <time title={moment(since)}>{ago(since)}</time>. It stays so until it is started or deployed.
                </td>
                <td class="actions">
                  <IconButton icon="play" label={`Start ${service}`} onClick={() => model.run({ what: 'start', service })} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface RowProps {
  readonly model: ResourcesModel;
  readonly watched: Watched;
  readonly service: string;
  readonly replica: number;
  readonly of: number;
}

function ContainerRows({ model, watched: { row, samples }, service, replica, of }: RowProps): JSX.Element {
  const { limits, pids, network, block, restarts, started, hints, state } = row;
  const last = samples.at(-1);
  const runs = state === 'running';
  const name = of === 1 ? service : `${service} ${taskOf(row.container) ?? replica + 1}`;
  return (
    <>
      <tr class={`container ${runs ? '' : 'dim'}`} tabIndex={-1}>
        <th scope="row" title={visibleName(row.container)}>
          <Icon name={runs ? 'vm-running' : 'vm-outline'} /> <bdi>{visibleName(name)}</bdi>
          {runs ? null : <span class="quiet"> {visibleName(state)}</span>}
        </th>
        <td>
          <Meter
            used={row.cpu}
            limit={limits.cpus}
            words={row.cpu === null ? '–' : cpu(row.cpu)}
            limitWords={limits.cpus === null ? undefined : cpu(limits.cpus)}
            values={samples.map((sample) => sample.cpu)}
            least={0.1}
          />
        </td>
        <td>
          <Meter
            used={row.memory}
            limit={limits.memory}
            words={row.memory === null ? '–' : size(row.memory)}
            limitWords={limits.memory === null ? undefined : size(limits.memory)}
            values={samples.map(({ memory }) => memory)}
            least={1024 * 1024}
          />
        </td>
        <td class="number" title={totals(row)}>
          {network === null ? '–' : <Rates sample={last} />}
          {block === null ? null : <span class="visually-hidden">{totals(row)}</span>}
        </td>
        <td class="number">
          {pids === null ? '–' : pids}
          {limits.pids === null ? null : <span class="quiet"> of {limits.pids}</span>}
        </td>
        <td>
          {started === null ? '–' : <time title={moment(started)}>{ago(started)}</time>}
          {restarts === 0 ? null : <span class="quiet block">{restarts === 1 ? 'restarted once' : `restarted ${restarts} times`}</span>}
        </td>
        <td class="actions">
          <IconButton icon="output" label={`Output of ${name}`} onClick={() => model.run({ what: 'output', service })} />
          <IconButton
            icon="terminal"
            label={`Shell in ${name}`}
            disabled={!runs}
            onClick={() => model.run({ what: 'shell', service, replica })}
          />
          <IconButton icon="debug-restart" label={`Restart ${service}`} onClick={() => model.run({ what: 'restart', service })} />
          <IconButton icon="debug-stop" label={`Stop ${service}`} onClick={() => model.run({ what: 'stop', service })} />
        </td>
      </tr>
      {hints.length === 0 ? null : (
        <tr class="hints">
          <td />
          <td colSpan={6}>
            {hints.map(({ code, message }) => (
              <p key={code} class={`hint ${code}`}>
                <Icon name={code === 'near-limit' || code === 'log-size' ? 'warning' : 'lightbulb'} /> {visibleName(message)}
              </p>
            ))}
          </td>
        </tr>
      )}
    </>
  );
}

function Rates({ sample }: { sample: Sample | undefined }): JSX.Element {
  const rate = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : `${size(value)}/s`);
  return (
    <>
      <span class="rate">
        <span aria-hidden="true">↓ </span>
        <span class="visually-hidden">received </span>
        {rate(sample?.received)}
      </span>{' '}
      <span class="rate">
        <span aria-hidden="true">↑ </span>
        <span class="visually-hidden">sent </span>
        {rate(sample?.sent)}
      </span>
    </>
  );
}

function totals({ network, block }: ResourceRow): string {
  return [
    network === null ? '' : `received ${size(network.received)}, sent ${size(network.sent)}`,
    block === null ? '' : `read ${size(block.read)} from disk, wrote ${size(block.written)}`,
  ]
    .filter((each) => each !== '')
    .join('; ');
}

interface MeterProps {
  readonly used: number | null;
  readonly limit: number | null;
  readonly words: string;
  readonly limitWords: string | undefined;
  readonly values: readonly (number | null)[];
  /** The scale of the line ends no lower. */
  readonly least: number;
}

const box = { width: 96, height: 20 };

/** A number with its limit, and how it was: against the limit where there is one, else against the most that was seen. */
function Meter({ used, limit, words, limitWords, values, least }: MeterProps): JSX.Element {
  const share = shareOf(used, limit);
  const most = limit ?? Math.max(least, ...values.map((value) => (value ?? 0) * 1.2));
  return (
    <div class={`meter ${share !== undefined && share >= 0.9 ? 'near' : ''}`}>
      <span class="number">
        {words}
        {limitWords === undefined ? null : <span class="quiet"> of {limitWords}</span>}
        {share === undefined ? null : <span class="visually-hidden">, {Math.round(share * 100)} %</span>}
      </span>
      <svg class="spark" width={box.width} height={box.height} viewBox={`0 0 ${box.width} ${box.height}`} aria-hidden="true">
        <line class="ground" x1="0" x2={box.width} y1={box.height - 0.5} y2={box.height - 0.5} />
        {limit === null ? null : <line class="limit" x1="0" x2={box.width} y1="0.5" y2="0.5" />}
        <polyline points={lineOf(values, most, box.width, box.height)} />
      </svg>
    </div>
  );
}
