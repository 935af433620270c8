import type { DoctorFinding } from '../../protocol/environment.ts';
import type { DotenvEntry, DotenvMistake, DotenvText } from '../dotenvText.ts';
import type { Asked, Example } from './example.ts';
import { shown } from './fileNames.ts';
import { addition, exampleAddition, lineRemoval, removal, replacement } from './fixes.ts';
import type { ConfigNames, Requirement } from './required.ts';
import { fits, typeOfName, typeWords } from './valueType.ts';

type Fix = DoctorFinding['fixes'][number];

/** A file that was read. */
export interface EnvFile {
  readonly file: string;
  readonly text: DotenvText;
}

/** What a file is held against. */
export interface Surroundings {
  readonly example: (EnvFile & { readonly example: Example }) | undefined;
  /** Files whose variables count here too. */
  readonly beside: readonly EnvFile[];
  /** It only changes what another file sets: nothing is missing in it. */
  readonly overlay: boolean;
  /** What `hearth.yaml` asks for, where the file is beside it. */
  readonly config: ConfigNames;
  /** Names that nothing in the repository names. */
  readonly unused: ReadonlySet<string>;
}

/** More lines that are none nobody reads. */
const mostOfText = 100;

/** What can be said of a text by itself: lines that are no variables, names that stand there twice. */
export function textFindings({ file, text }: EnvFile): DoctorFinding[] {
  const last = new Map(text.entries.map((entry) => [entry.name, entry]));
  const twice = text.entries.flatMap((entry): DoctorFinding[] => {
    const wins = last.get(entry.name);
    if (wins === undefined || wins === entry) return [];
    const message = `${entry.name} is set again in line ${wins.line}, and that one counts.`;
    return [{ ...at(file, entry), kind: 'duplicate', severity: 'warning', message, because: null, fixes: [removal(file, entry)] }];
  });
  const mistakes = text.mistakes.map(({ line, kind }): DoctorFinding => {
    const severity = kind === 'name' ? 'warning' : 'error';
    const fixes = [lineRemoval(file, line)];
    return { kind: 'syntax', severity, file, line, name: '', message: mistakeWords[kind], because: null, fixes };
  });
  const all = [...twice, ...mistakes];
  if (all.length <= mostOfText) return all;
  const message = `There are ${all.length - mostOfText} more lines like these: this may be no file of variables.`;
  const rest: DoctorFinding = { kind: 'syntax', severity: 'error', file, line: text.lines, name: '', message, because: null, fixes: [] };
  return [...all.slice(0, mostOfText), rest];
}

const mistakeWords: Readonly<Record<DotenvMistake['kind'], string>> = {
  'no-variable': 'This line is no `NAME=value`.',
  name: 'This name is none that a container or a shell takes: letters, digits and underscores, not starting with a digit.',
  'open-quote': 'The quotes of this value are not closed.',
  'after-quote': 'There is something behind the quotes of this value.',
};

/** What is wrong with the variables of a file that is no example. */
export function fileFindings(envFile: EnvFile, around: Surroundings): DoctorFinding[] {
  return [...missingFindings(envFile, around), ...effective(envFile.text).flatMap((entry) => entryFindings(envFile, entry, around))];
}

/** The last one of each name: the others are said to be duplicates. */
function effective({ entries }: DotenvText): DotenvEntry[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}

function missingFindings(envFile: EnvFile, { example, beside, overlay, config }: Surroundings): DoctorFinding[] {
  if (overlay) return [];
  const { file, text } = envFile;
  const there = new Set([envFile, ...beside].flatMap((each) => each.text.entries.map(({ name }) => name)));
  const order = example?.example ?? { file: '', asked: new Map<string, Asked>(), offered: new Set<string>() };
  const finding = (name: string, severity: 'error' | 'warning', message: string, because: string): DoctorFinding => {
    const fixes = [addition(file, text, order, name)];
    return { kind: 'missing', severity, file, line: 1, name, message, because, fixes };
  };
  const byExample = [...order.asked.values()].flatMap(({ entry, optional }) => {
    if (optional || there.has(entry.name)) return [];
    const because = `${order.file}:${entry.line}`;
    return [finding(entry.name, 'error', `${entry.name} is missing: ${shown(because)} asks for it.`, because)];
  });
  // A container gets it from Hearth's store; here it may do without.
  const byConfig = [...config.required.values()].flatMap((each) => {
    if (there.has(each.name) || order.asked.has(each.name) || order.offered.has(each.name)) return [];
    const message = `${each.name} is missing: \`hearth.yaml\` gives it to ${each.services.join(', ')}.`;
    return [finding(each.name, 'warning', message, becauseOf(each))];
  });
  return [...byExample, ...byConfig];
}

function entryFindings({ file, text }: EnvFile, entry: DotenvEntry, around: Surroundings): DoctorFinding[] {
  const { example, config, unused } = around;
  const asked = example?.example.asked.get(entry.name);
  const because = asked === undefined || example === undefined ? null : `${example.file}:${asked.entry.line}`;
  const findings = [emptyFinding(file, entry, asked, because) ?? typeFinding(file, entry, asked, because)];
  if (asked !== undefined || config.required.has(entry.name)) return findings.flatMap((each) => each ?? []);
  if (unused.has(entry.name)) {
    const message = `${entry.name} is set here, and nothing in the repository names it.`;
    const fixes = [removal(file, entry)];
    findings.push({ ...at(file, entry), kind: 'unused', severity: 'information', message, because: null, fixes });
  } else if (example !== undefined && !example.example.offered.has(entry.name) && !config.known.has(entry.name)) {
    const message = `${entry.name} is set here, and ${shown(example.file)} does not have it.`;
    const names = text.entries.map((each) => each.name);
    const fixes: Fix[] = [exampleAddition(example.file, example.text, names, entry.name), removal(file, entry)];
    const severity = file.endsWith('.local') ? 'information' : 'warning';
    findings.push({ ...at(file, entry), kind: 'extra', severity, message, because: null, fixes });
  }
  return findings.flatMap((each) => each ?? []);
}

/** Without a value, or with the one that the example has in its place. */
function emptyFinding(file: string, entry: DotenvEntry, asked: Asked | undefined, because: string | null): DoctorFinding | undefined {
  if (asked === undefined || asked.optional) return undefined;
  const copied = asked.placeholder && entry.value === asked.entry.value;
  if (entry.value !== '' && !copied) return undefined;
  const message = copied ? `${entry.name} still has the placeholder of the example.` : `${entry.name} has no value.`;
  const title = `Set \`${entry.name}\` as the example does`;
  const fixes = asked.usable === undefined ? [] : [replacement(file, entry, title, asked.usable)];
  return { ...at(file, entry), kind: 'empty', severity: 'warning', message, because, fixes };
}

function typeFinding(file: string, entry: DotenvEntry, asked: Asked | undefined, because: string | null): DoctorFinding | undefined {
  const expected = asked === undefined ? typeOfName(entry.name) : asked.expected;
  if (expected === undefined || entry.value === '' || fits(expected.type, entry)) return undefined;
  const by = { comment: 'its example says that it is one', example: 'it is one in the example', name: 'its name says that it is one' }[
    expected.by
  ];
  const message = `${entry.name} is not ${typeWords(expected.type)}, and ${by}.`;
  const severity = expected.by === 'comment' ? 'error' : 'warning';
  return { ...at(file, entry), kind: 'type', severity, message, because: expected.by === 'name' ? null : because, fixes: [] };
}

/** As a place: `hearth.yaml:12`. */
export function becauseOf({ line }: Pick<Requirement, 'line'>): string {
  return line === undefined ? 'hearth.yaml' : `hearth.yaml:${line}`;
}

function at(file: string, { line, name }: DotenvEntry): Pick<DoctorFinding, 'file' | 'line' | 'name'> {
  return { file, line, name };
}
