import type { InputOf, NotificationDefinition, ParamsOf, PartialOf, RequestDefinition, ResultOf } from '../protocol/message.ts';
import type { Output } from './output.ts';

/** Options of one verb, for `node:util` parseArgs. */
export type OptionSpec = Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean; help: string; value?: string }>;

/** The values parseArgs gives for them. */
export type OptionValues = Record<string, string | boolean | (string | boolean)[] | undefined>;

/** What a command is given: its arguments, the way to call the contract, the way to print. */
export interface CommandContext {
  readonly args: readonly string[];
  /** What stood behind `--`. */
  readonly rest: readonly string[];
  readonly options: OptionValues;
  readonly json: boolean;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Where relative paths start: `--repo` if given, else the working directory. */
  readonly cwd: string;
  /** Calls a method; with `onPartial` the rows stream, as fast as the promise it may answer allows. Rejects with a `Failure`. */
  send<D extends RequestDefinition>(
    definition: D,
    params: InputOf<D>,
    onPartial?: (partial: PartialOf<D>) => unknown,
  ): Promise<ResultOf<D>>;
  /** Hears a notification of the hub once something was sent there. */
  on<D extends NotificationDefinition>(definition: D, listener: (params: ParamsOf<D>) => void): void;
  /** The repository that `cwd` (or the given path) belongs to, and that path inside it. */
  locate(path?: string): Promise<{ repository: string; path: string }>;
}

/** One verb of one domain. */
export interface Command {
  readonly domain: string;
  readonly verb: string;
  readonly usage: string;
  readonly purpose: string;
  readonly examples: readonly string[];
  readonly options: OptionSpec;
  /** It runs until it is interrupted: that is its end, not a failure. */
  readonly endless?: boolean;
  run(context: CommandContext): Promise<number | undefined>;
}
