import { type Asked, failedWith, Questions } from '../ui/asked.ts';
import type { Bridge } from '../ui/bridge.ts';
import { incidentWords } from '../ui/incidentWords.ts';
import { type KeptWish, LiveModel } from '../ui/liveModel.ts';
import type { Incident, IncidentContract, IncidentTarget, Loaded, Run, Suspects, Update } from './messages.ts';

/** What survives a reload: the target (as the shell reads it) and a note that was not added yet. */
export type Kept = IncidentTarget & KeptWish & { readonly note?: string };

/** Suspects that are ranked at first, and when the user wants more. */
const firstSuspects = 12;
const mostSuspects = 200;

/** The state of the panel. The hub has the truth; here is what it said last. */
export class IncidentModel extends LiveModel<IncidentTarget, IncidentContract, Kept> {
  loaded: Asked<Loaded> = { kind: 'waiting' };
  suspects: Asked<Suspects> = { kind: 'waiting' };
  note: string;
  #limit = firstSuspects;
  /** What decides which commits are suspected. */
  #suspectsOf: string | undefined;
  #stale = false;
  readonly #questions = new Questions(() => this.changed());

  constructor(bridge: Bridge<IncidentContract, Kept>) {
    super(bridge);
    this.note = bridge.kept?.note ?? '';
  }

  get incident(): Incident | undefined {
    return this.loaded.value?.incident;
  }

  refresh(): void {
    void this.#load();
  }

  /** Everything again, the ranking of the commits too. */
  refreshAll(): void {
    this.#suspectsOf = undefined;
    this.refresh();
  }

  moreSuspects(): void {
    this.#limit = mostSuspects;
    this.#suspectsOf = undefined;
    this.#loadSuspects();
  }

  write(note: string): void {
    this.note = note;
    this.#keep();
    this.changed();
  }

  /** Says what is known; a note that was written goes with it. */
  async update(change: Update): Promise<void> {
    const note = this.note.trim();
    const worked = await this.act('updating', () => this.bridge.ask('update', note === '' ? change : { ...change, note }));
    // What was written while it was on its way is not sent yet.
    if (worked && this.note.trim() === note) this.write('');
    this.refresh();
  }

  async addNote(): Promise<void> {
    if (this.note.trim() !== '') await this.update({});
  }

  run(what: Run): void {
    void this.bridge.ask('run', what).catch((error: unknown) => this.fail(error));
  }

  protected override opened(): void {
    this.#keep();
  }

  /** One at a time: changes come faster than a slow hub answers. */
  async #load(): Promise<void> {
    this.#stale = this.#questions.has('load');
    if (this.#stale) return;
    await this.#questions.ask(
      'load',
      (signal) => this.bridge.ask('load', {}, { signal }),
      (value) => {
        const before = this.incident?.state;
        if (before !== undefined && before !== value.incident.state) this.announcement = incidentWords(value.incident.state).name;
        this.loaded = { kind: 'there', value };
        this.#loadSuspects();
      },
      (failure) => {
        this.loaded = failedWith(failure, this.loaded.value);
      },
    );
    if (this.#stale) await this.#load();
  }

  /** Git reads for it: only when there is something else to rank. */
  #loadSuspects(): void {
    const { incident } = this;
    if (incident === undefined) return;
    const { id, services, environment, deployment } = incident;
    const of = JSON.stringify([id, services, environment, deployment]);
    if (of === this.#suspectsOf) return;
    this.#suspectsOf = of;
    const { value } = this.suspects;
    this.suspects = value === undefined ? { kind: 'waiting' } : { kind: 'waiting', value };
    void this.#questions.ask(
      'suspects',
      (signal) => this.bridge.ask('suspects', { limit: this.#limit }, { signal }),
      (found) => {
        this.suspects = { kind: 'there', value: found };
      },
      (failure) => {
        this.#suspectsOf = undefined;
        this.suspects = failedWith(failure, this.suspects.value);
      },
    );
  }

  #keep(): void {
    const target = this.opening?.target;
    if (target === undefined) return;
    this.keep(this.note === '' ? target : { ...target, note: this.note });
  }
}
