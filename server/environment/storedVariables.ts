import { Failure } from '../rpc/failure.ts';
import type { Reader, Transaction } from '../store/types.ts';
import type { Keys } from './keys.ts';
import { seal, unseal } from './secretCipher.ts';

/** Where a variable is stored; `service` is empty when it is for all of the environment. */
export interface StoredAt {
  /** The project's UUID. */
  readonly project: string;
  readonly environment: string;
  readonly service: string;
}

/** A stored variable or secret. */
export type StoredVariable = StoredAt & {
  readonly name: string;
  readonly version: number;
  readonly updated: number;
} & (
    | { readonly kind: 'plain'; readonly value: string }
    | { readonly kind: 'secret'; readonly key: string; readonly nonce: Uint8Array; readonly cipher: Uint8Array }
  );
export type StoredSecret = Extract<StoredVariable, { kind: 'secret' }>;

type VariableRow = {
  project: string;
  environment: string;
  service: string;
  name: string;
  secret: number;
  value: string | null;
  key: string | null;
  nonce: Uint8Array | null;
  cipher: Uint8Array | null;
  version: number;
  updated: number;
};

const columns = 'project, environment, service, name, secret, value, key, nonce, cipher, version, updated';

/** All that a project has stored, of every environment; values of secrets stay sealed. */
export function storedVariables(reader: Reader, project: string): StoredVariable[] {
  return reader
    .all<VariableRow>(`select ${columns} from variables where project = ? order by environment, name, service`, [project])
    .map(variableOf);
}

/** Every secret of the home, whatever project it is of. */
export function allSecrets(reader: Reader): StoredSecret[] {
  return reader
    .all<VariableRow>(`select ${columns} from variables where secret = 1 order by project, environment, service, name`)
    .map(variableOf)
    .filter((each) => each.kind === 'secret');
}

/** The value of a secret. Throws `precondition` when its key is not here, or when it is not what was stored. */
export function openSecret(keys: Keys, secret: StoredSecret): string {
  const value = unseal(keys.get(secret.key), secret, secret);
  if (value !== undefined) return value;
  throw new Failure(
    'precondition',
    `The secret ${secret.name} of ${secret.environment} is not what was stored: it was changed, or moved here.`,
    {
      hint: 'Set it again, or restore a backup.',
    },
  );
}

/** The value, or the sentence that says why there is none. */
export function storedValue(keys: Keys, stored: StoredVariable): { value: string } | { problem: string } {
  if (stored.kind === 'plain') return { value: stored.value };
  try {
    return { value: openSecret(keys, stored) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { problem: `${stored.name} cannot be read: ${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}` };
  }
}

/**
 * Stores a value under the next version. What is a secret stays one until it is unset. False when it is there already, just so. A secret is
 * sealed with the current key; the first one makes it.
 */
export function store(
  transaction: Transaction,
  keys: Keys,
  at: StoredAt,
  given: { name: string; value: string; secret: boolean },
): boolean {
  const { project, environment, service } = at;
  const { name, value } = given;
  const before = storedAt(transaction, at, name);
  const secret = given.secret || before?.kind === 'secret';
  if (before !== undefined && (before.kind === 'secret') === secret) {
    const known = storedValue(keys, before);
    if ('value' in known && known.value === value) return false;
  }
  const version = (before?.version ?? 0) + 1;
  const place = [project, environment, service, name] as const;
  const sealed = secret ? sealedNow(transaction, keys, { ...at, name, version }, value) : undefined;
  transaction.run(
    `insert into variables (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (project, environment, service, name) do update set secret = excluded.secret, value = excluded.value, key = excluded.key,
     nonce = excluded.nonce, cipher = excluded.cipher, version = excluded.version, updated = excluded.updated`,
    [
      ...place,
      secret ? 1 : 0,
      secret ? null : value,
      sealed?.key ?? null,
      sealed?.nonce ?? null,
      sealed?.cipher ?? null,
      version,
      transaction.now,
    ],
  );
  return true;
}

/** False when nothing is stored there under that name. */
export function forget(transaction: Transaction, { project, environment, service }: StoredAt, name: string): boolean {
  const where = 'project = ? and environment = ? and service = ? and name = ?';
  return transaction.run(`delete from variables where ${where}`, [project, environment, service, name]) > 0;
}

/** Seals every secret of the home with another key, which is the current one from then on. Throws when one of them cannot be read. */
export function sealAgain(transaction: Transaction, keys: Keys, key: string): number {
  const secrets = allSecrets(transaction);
  for (const secret of secrets) {
    const { nonce, cipher } = seal(keys.get(key), secret, openSecret(keys, secret));
    const { project, environment, service, name } = secret;
    transaction.run(
      'update variables set key = ?, nonce = ?, cipher = ? where project = ? and environment = ? and service = ? and name = ?',
      [key, nonce, cipher, project, environment, service, name],
    );
  }
  makeCurrent(transaction, key);
  return secrets.length;
}

/** Id of the key that new secrets are sealed with. */
export function currentKey(reader: Reader): string | undefined {
  return reader.get<{ value: string }>("select value from meta where key = 'secretKey'")?.value;
}

/** How many secrets need each key. */
export function secretsByKey(reader: Reader): Map<string, number> {
  const rows = reader.all<{ key: string; count: number }>('select key, count(*) as count from variables where secret = 1 group by key');
  return new Map(rows.map(({ key, count }) => [key, count]));
}

function sealedNow(transaction: Transaction, keys: Keys, place: StoredAt & { name: string; version: number }, value: string) {
  let key = currentKey(transaction);
  // Also after a restore or an import of a state whose key stayed behind.
  if (key === undefined || !keys.has(key)) {
    key = keys.create(transaction.now);
    makeCurrent(transaction, key);
  }
  return { key, ...seal(keys.get(key), place, value) };
}

function makeCurrent(transaction: Transaction, key: string): void {
  transaction.run("insert into meta (key, value) values ('secretKey', ?) on conflict (key) do update set value = excluded.value", [key]);
}

function storedAt(reader: Reader, { project, environment, service }: StoredAt, name: string): StoredVariable | undefined {
  const where = 'project = ? and environment = ? and service = ? and name = ?';
  const row = reader.get<VariableRow>(`select ${columns} from variables where ${where}`, [project, environment, service, name]);
  return row === undefined ? undefined : variableOf(row);
}

function variableOf({ secret, value, key, nonce, cipher, ...rest }: VariableRow): StoredVariable {
  if (secret === 0) return { kind: 'plain', value: value ?? '', ...rest };
  return { kind: 'secret', key: key ?? '', nonce: nonce ?? new Uint8Array(), cipher: cipher ?? new Uint8Array(), ...rest };
}
