import { Failure } from '../../rpc/failure.ts';

/** `registry.example.test:5000/shop/web:1.2@sha256:…`, taken apart. */
export interface Reference {
  /** With the registry, as it is written. */
  readonly name: string;
  /** `docker.io` when none is written. */
  readonly registry: string;
  readonly tag?: string;
  readonly digest?: string;
}

const pattern =
  /^((?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** Throws `invalid`. */
export function parseReference(text: string): Reference {
  const [, name, tag, digest] = text.length > 600 ? [] : (pattern.exec(text) ?? []);
  if (name === undefined) throw new Failure('invalid', `${JSON.stringify(text.slice(0, 200))} is no name of an image.`);
  const first = name.split('/')[0] ?? '';
  const registry = name.includes('/') && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
  return { name, registry, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}
