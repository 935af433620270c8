import * as z from 'zod/mini';

/** What schemas of `hearth.yaml` are made of: a description with each key, and the kinds of values that occur more than once. */

/** What a person reads of a key; `expects` completes "must be …" where the type alone says too little. */
interface About {
  readonly description: string;
  readonly examples?: readonly unknown[];
  readonly 'x-expects'?: string;
}

export function about<S extends z.ZodMiniType>(schema: S, text: string, expects?: string, examples?: readonly unknown[]): S {
  const meta: About = {
    description: text,
    ...(expects === undefined ? {} : { 'x-expects': expects }),
    ...(examples === undefined ? {} : { examples }),
  };
  z.globalRegistry.add(schema, meta as never);
  return schema;
}

export const optional = <S extends z.ZodMiniType>(schema: S, text: string, expects?: string, examples?: readonly unknown[]) =>
  z.optional(about(schema, text, expects, examples));

export const labelText = 'a name of lower-case letters, digits and hyphens, at most 30 characters, such as `web` or `my-shop`';
export const label = () => z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/, `must be ${labelText}`));
export const durationText = 'a time such as `500ms`, `10s`, `1m30s` or `2d`';
export const duration = () => z.string().check(z.regex(/^(\d{1,9}(\.\d{1,3})?(ms|s|m|h|d))+$/, `must be ${durationText}`));
export const sizeText = 'a size such as `512m` or `2g`';
export const size = () => z.string().check(z.regex(/^\d{1,9}(\.\d{1,3})?(b|k|kb|m|mb|g|gb)$/i, `must be ${sizeText}`));
export const portText = 'a port: a whole number from 1 to 65535';
export const port = () => z.int().check(z.minimum(1), z.maximum(65_535));
export const variableName = () =>
  z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, 'must be letters, digits and underscores, not starting with a digit'));
export const variables = () =>
  z.record(
    variableName(),
    about(z.union([z.string().check(z.maxLength(32_768)), z.number(), z.boolean()]), 'The value.', 'text or a number'),
  );
export const commandText = 'text for `/bin/sh -c`, or a list of words such as `["serve", "--fast"]`';
export const command = () => z.union([z.string().check(z.minLength(1)), z.array(z.string()).check(z.minLength(1), z.maxLength(500))]);
export const plainPath = (text: string) =>
  z
    .string()
    .check(z.minLength(1), z.maxLength(500), z.regex(/^[^\0-\x1f\x7f\\]*$/, `must be ${text} without control characters or backslashes`));
export const glob = () => z.string().check(z.minLength(1), z.maxLength(256));
