import * as z from 'zod/mini';
import { contract } from '../protocol/index.ts';
import { version } from '../version.ts';
import type { Command } from './command.ts';
import { UsageFailure } from './usage.ts';

/** `hearth rpc METHOD JSON`: any method of the contract, under the same rules as a window. */
export const rpcCommand: Command = {
  domain: 'rpc',
  verb: '',
  usage: 'hearth rpc METHOD [JSON]',
  purpose: 'Call any method of the contract; partial results stream as one JSON document a line.',
  examples: ['hearth rpc session/info', `hearth rpc git/discover '{"path":"/my/project"}'`],
  options: {
    stream: { type: 'boolean', help: 'print partial results as they come, then the summary' },
    yes: { type: 'boolean', help: 'confirm what the method asks to confirm' },
  },
  run: async ({ args, options, output, send }) => {
    const [method, text] = args;
    if (method === undefined) throw new UsageFailure('Which method?', '`hearth api` lists them.');
    const definition = contract.find((each) => each.kind === 'request' && each.method === method);
    if (definition?.kind !== 'request') throw new UsageFailure(`There is no method "${method}".`, '`hearth api` lists the methods.');
    let params: object;
    try {
      params = JSON.parse(text ?? '{}');
    } catch (error) {
      throw new UsageFailure(`The parameters are not JSON: ${(error as Error).message}.`, 'Quote them for your shell: \'{"path":"."}\'.');
    }
    if (options['yes'] === true) params = { ...params, confirmed: true };
    const onPartial = options['stream'] === true ? (partial: unknown) => output.json({ partial }) : undefined;
    await output.json(await send(definition, params as never, onPartial as never));
    return 0;
  },
};

/** `hearth api`: the contract as OpenRPC 1.3, generated from the definitions that the router validates with. */
export const apiCommand: Command = {
  domain: 'api',
  verb: '',
  usage: 'hearth api',
  purpose: 'Print the whole contract as OpenRPC.',
  examples: ['hearth api > openrpc.json'],
  options: {},
  run: async ({ output }) => {
    await output.line(JSON.stringify(openRpc(), undefined, 2));
    return 0;
  },
};

/** The contract as an OpenRPC document; notifications and rules of the border travel in `x-hearth`. */
export function openRpc(): object {
  const schema = (of: z.ZodMiniType, io: 'input' | 'output') => {
    const { $schema: _, ...rest } = z.toJSONSchema(of, { io, unrepresentable: 'any' }) as Record<string, unknown>;
    return rest;
  };
  return {
    openrpc: '1.3.2',
    info: { title: 'Hearth', version, license: { name: 'MIT' } },
    methods: contract.map((each) => {
      const params = [{ name: 'params', required: true, schema: schema(each.params, 'input') }];
      return each.kind === 'request'
        ? {
            name: each.method,
            summary: each.purpose,
            paramStructure: 'by-name',
            params,
            result: { name: 'result', schema: schema(each.result, 'output') },
            'x-hearth': {
              where: each.where,
              trust: each.trust,
              ...(each.confirm === undefined ? {} : { confirm: each.confirm }),
              ...(each.partial === undefined ? {} : { partial: schema(each.partial, 'output') }),
            },
          }
        : { name: each.method, summary: each.purpose, paramStructure: 'by-name', params, 'x-hearth': { direction: each.direction } };
    }),
  };
}
