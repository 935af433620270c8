import type { JSX } from 'preact';
import { Icon } from '../ui/components.tsx';
import { duration } from '../ui/spans.ts';
import { ago, moment } from '../ui/times.ts';
import { visibleName } from '../ui/visibleText.ts';
import type { Build } from './messages.ts';
import type { ResourcesModel } from './model.ts';
import { resultWords, size, slowerWords } from './words.ts';

/** What was built for this environment, newest first; each opens its deployment. */
export function Builds({ model }: { model: ResourcesModel }): JSX.Element {
  const { builds } = model;
  return (
    <section class="card" aria-label="Builds">
      <h2>Builds</h2>
      {builds.kind === 'failed' ? (
        <p class="quiet">
          {builds.failure.message} {builds.failure.hint}
        </p>
      ) : null}
      {builds.value === undefined ? (
        builds.kind === 'waiting' ? (
          <div class="skeleton" aria-hidden="true" />
        ) : null
      ) : builds.value.length === 0 ? (
        <p class="quiet">Nothing was built yet.</p>
      ) : (
        <div class="scroll">
          <table>
            <caption class="visually-hidden">Builds, newest first</caption>
            <thead>
              <tr>
                <th scope="col">Result</th>
                <th scope="col">Service</th>
                <th scope="col">Commit</th>
                <th scope="col">Took</th>
                <th scope="col">Made</th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {builds.value.map((build) => (
                <BuildRow key={`${build.deployment} ${build.service}`} model={model} build={build} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function BuildRow({ model, build }: { model: ResourcesModel; build: Build }): JSX.Element {
  const { deployment, service, commit, subject, started, milliseconds, result, artefact, bytes, kept, slower } = build;
  const { name, icon } = resultWords(result);
  const pace = slowerWords(slower);
  return (
    <tr>
      <td class={`result ${result}`}>
        <Icon name={icon} class={result === 'running' ? 'codicon-modifier-spin' : ''} /> {name}
      </td>
      <td>
        <bdi>{visibleName(service)}</bdi>
      </td>
      <td class="subject">
        <button
          type="button"
          class="link first"
          aria-label={`Open the deployment of ${commit.slice(0, 7)}`}
          onClick={() => model.run({ what: 'deployment', id: deployment })}
        >
          {commit.slice(0, 7)}
        </button>{' '}
        <bdi>{visibleName(subject)}</bdi>
      </td>
      <td class="number">
        {milliseconds === null ? '' : duration(milliseconds)}
        {pace === '' ? null : <span class="quiet block">{pace}</span>}
      </td>
      <td class="number" title={artefact === null ? undefined : visibleName(artefact)}>
        {bytes === null ? '' : size(bytes)}
        {kept === false ? <span class="quiet block">not kept</span> : null}
      </td>
      <td>
        <time title={moment(started)}>{ago(started)}</time>
      </td>
    </tr>
  );
}
