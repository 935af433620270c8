import { secretName } from '../../config/secretName.ts';
import type { DotenvEntry } from '../dotenvText.ts';

/** What the value of a variable must be. */
type ValueType = 'port' | 'address' | 'number' | 'whole' | 'boolean' | 'email';

/** A type, and what says so. */
export interface Expected {
  readonly type: ValueType;
  readonly by: 'comment' | 'example' | 'name';
}

const words: Readonly<Record<ValueType, string>> = {
  port: 'a port (1 to 65535)',
  address: 'an address such as `https://example.test`',
  number: 'a number',
  whole: 'a whole number',
  boolean: '`true` or `false`',
  email: 'an email address',
};

export function typeWords(type: ValueType): string {
  return words[type];
}

const annotation = /\btype\s*[=:]\s*([a-z]+)\b/i;
const annotated: Readonly<Record<string, ValueType | 'any'>> = {
  port: 'port',
  url: 'address',
  uri: 'address',
  address: 'address',
  number: 'number',
  float: 'number',
  integer: 'whole',
  int: 'whole',
  boolean: 'boolean',
  bool: 'boolean',
  email: 'email',
  string: 'any',
  text: 'any',
};

/** By the name alone: only names whose values leave no doubt. */
export function typeOfName(name: string): Expected | undefined {
  const type = nameType(name);
  return type === undefined ? undefined : { type, by: 'name' };
}

function nameType(name: string): ValueType | undefined {
  if (/(?:^|_)PORT$/i.test(name)) return 'port';
  if (/(?:^|_)(?:URL|URI)$/i.test(name)) return 'address';
  if (/_(?:ENABLED|DISABLED)$|^(?:ENABLE|DISABLE)_/i.test(name)) return 'boolean';
  return undefined;
}

/** By an example: what its comments say (`# type: port`), what its value is, else its name. */
export function typeOfExample({ name, value }: Pick<DotenvEntry, 'name' | 'value'>, comments: readonly string[]): Expected | undefined {
  const said = comments.map((comment) => annotation.exec(comment)?.[1]?.toLowerCase()).find((each) => each !== undefined);
  const told = said !== undefined && Object.hasOwn(annotated, said) ? annotated[said] : undefined;
  if (told === 'any') return undefined;
  if (told !== undefined) return { type: told, by: 'comment' };
  const byName = typeOfName(name);
  if (byName !== undefined) return isOf(byName.type, value) || value === '' ? byName : undefined;
  const type = exampleType(name, value);
  return type === undefined ? undefined : { type, by: 'example' };
}

/** Numbers of things that have no size (ids, versions, passwords) may be replaced by anything. */
function exampleType(name: string, value: string): ValueType | undefined {
  if (/^(?:true|false)$/i.test(value)) return 'boolean';
  if (/^[a-z][a-z0-9+.-]*:\/\/./i.test(value)) return 'address';
  const counts = !secretName.test(name) && !/(?:^|_)(?:ID|KEY|VERSION|RELEASE|TAG|USER|ACCOUNT|PHONE|ZIP|CODE|HASH)$/i.test(name);
  return counts && /^-?\d+(?:\.\d+)?$/.test(value) ? 'number' : undefined;
}

/** Whether a value is of a type. What refers to another variable could be anything. */
export function fits(type: ValueType, { value, quote }: Pick<DotenvEntry, 'value' | 'quote'>): boolean {
  return (quote !== "'" && /\$[{A-Za-z_(]/.test(value)) || isOf(type, value);
}

function isOf(type: ValueType, value: string): boolean {
  switch (type) {
    case 'port':
      return /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535;
    case 'address':
      // A path of the same site, a socket, a file of a database.
      return /^[a-z][a-z0-9+.-]*:\S+$/i.test(value) || /^\.{0,2}\/\S*$/.test(value);
    case 'number':
      return value.trim() !== '' && Number.isFinite(Number(value));
    case 'whole':
      return /^-?\d+$/.test(value);
    case 'boolean':
      return /^(?:true|false|yes|no|on|off|1|0)$/i.test(value);
    case 'email':
      return /^[^\s@]+@[^\s@]+$/.test(value);
  }
}
