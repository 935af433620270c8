import type { ProjectOf } from '../../project/index.ts';
import { type DoctorFinding, doctor } from '../../protocol/environment.ts';
import { handle, type Registration } from '../../rpc/router.ts';
import type { StateStore } from '../../store/types.ts';
import { readConfigured, refuseUnknown } from '../configured.ts';
import type { Keys } from '../keys.ts';
import { Usage } from './usage.ts';

interface DoctorParts {
  readonly projectOf: ProjectOf;
  readonly store: StateStore;
  readonly keys: Keys;
}

/** What the hub answers of the doctor: it reads, and says no value. */
export function doctorHandlers({ projectOf, store, keys }: DoctorParts): Registration[] {
  const usage = new Usage();
  return [
    handle(doctor, async ({ repository: root, files: named, texts, environment }, context) => {
      const { signal } = context;
      const repository = await projectOf.repository(root, context);
      const { examineFiles } = await import('./examine.ts');
      const now = Date.now();
      const look = () => examineFiles(repository, { files: named, texts, usage, now, signal });
      if (environment === undefined) {
        const { findings, files, examples } = await look();
        return { findings, files, examples };
      }
      const project = await projectOf.id(root, context);
      const configured = await readConfigured(repository, { store, project, signal });
      refuseUnknown(configured, environment, undefined);
      const { findings, files, examples, lineOf, expected } = await look();
      const config = configured.all.find((each) => Object.hasOwn(each.environments, environment));
      const broken = configured.problem === undefined ? [] : [brokenFile(configured.problem)];
      if (config === undefined) return { findings: [...broken, ...findings], files, examples };
      const { storedFindings } = await import('./storedFindings.ts');
      const stored = await store.read((reader) => storedFindings({ reader, keys, project, config, environment, now, expected, lineOf }));
      return { findings: [...broken, ...stored, ...findings], files, examples };
    }),
  ];
}

/** What is deployed next has it; another one is looked at meanwhile. */
function brokenFile(message: string): DoctorFinding {
  return { kind: 'syntax', severity: 'error', file: 'hearth.yaml', line: 1, name: '', message, because: null, fixes: [] };
}
