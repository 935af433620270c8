import { defined, Fields } from './fields.ts';
import type { ComposeDeploy, ComposeHealthcheck, ComposeUpdate } from './types.ts';

/** `deploy`, and what says the same beside it: `scale`, `cpus`, `mem_limit`, `mem_reservation`, `pids_limit`. */
export function deployOf(service: Fields): ComposeDeploy {
  const fields = service.inside('deploy');
  const resources = fields.inside('resources');
  const limits = resources.inside('limits');
  const reservations = resources.inside('reservations');
  const policy = fields.inside('restart_policy');
  const placement = fields.inside('placement');
  const [scale, cpus, memory, reserved, pids] = [
    service.whole('scale'),
    service.number('cpus'),
    service.size('mem_limit'),
    service.size('mem_reservation'),
    service.whole('pids_limit'),
  ];
  const restartPolicy = defined({
    condition: policy.oneOf('condition', ['none', 'on-failure', 'any']),
    delay: policy.duration('delay'),
    maxAttempts: policy.whole('max_attempts'),
    window: policy.duration('window'),
  });
  const deploy: ComposeDeploy = {
    mode: fields.oneOf('mode', ['replicated', 'global', 'replicated-job', 'global-job']) ?? 'replicated',
    ...defined({ replicas: fields.whole('replicas') ?? scale, endpointMode: fields.oneOf('endpoint_mode', ['vip', 'dnsrr']) }),
    labels: fields.labels('labels'),
    resources: {
      limits: defined({
        cpus: limits.number('cpus') ?? cpus,
        memory: limits.size('memory') ?? memory,
        pids: limits.whole('pids') ?? (pids === -1 ? undefined : pids),
      }),
      reservations: {
        ...defined({ cpus: reservations.number('cpus'), memory: reservations.size('memory') ?? reserved }),
        genericResources: genericOf(reservations),
        devices: reservations.items('devices').length > 0,
      },
    },
    ...defined({ updateConfig: updateOf(fields, 'update_config'), rollbackConfig: updateOf(fields, 'rollback_config') }),
    ...(fields.has('restart_policy') ? { restartPolicy } : {}),
    placement: {
      constraints: placement.texts('constraints'),
      preferences: preferencesOf(placement),
      ...defined({ maxReplicasPerNode: placement.whole('max_replicas_per_node') }),
    },
  };
  for (const each of [limits, reservations, resources, policy, placement, fields]) each.done();
  return deploy;
}

function updateOf(deploy: Fields, name: string): ComposeUpdate | undefined {
  if (!deploy.has(name)) return undefined;
  const fields = deploy.inside(name);
  const update = defined({
    parallelism: fields.whole('parallelism'),
    delay: fields.duration('delay'),
    failureAction: fields.oneOf('failure_action', ['continue', 'rollback', 'pause']),
    monitor: fields.duration('monitor'),
    maxFailureRatio: fields.number('max_failure_ratio'),
    order: fields.oneOf('order', ['start-first', 'stop-first']),
  });
  fields.done();
  return update;
}

function genericOf(reservations: Fields): { kind: string; value: number }[] {
  return reservations.items('generic_resources').flatMap((item) => {
    const fields = new Fields(item, 'generic_resources', { ...reservations.findings, places: {} });
    const spec = fields.inside('discrete_resource_spec');
    const [kind, value] = [spec.text('kind'), spec.whole('value')];
    spec.done();
    fields.done();
    return kind === undefined || value === undefined ? [] : [{ kind, value }];
  });
}

function preferencesOf(placement: Fields): { spread: string }[] {
  return placement.items('preferences').flatMap((item) => {
    const fields = new Fields(item, 'preferences', { ...placement.findings, places: {} });
    const spread = fields.text('spread');
    fields.done();
    return spread === undefined ? [] : [{ spread }];
  });
}

export function healthcheckOf(service: Fields): ComposeHealthcheck | undefined {
  if (!service.has('healthcheck')) return undefined;
  const fields = service.inside('healthcheck');
  const raw = fields.raw('test');
  const words = raw?.kind === 'text' ? ['CMD-SHELL', raw.text ?? ''] : fields.words('test');
  const [kind] = words ?? [];
  const isNone = kind === 'NONE' || kind === undefined;
  if (words !== undefined && kind !== 'NONE' && kind !== 'CMD' && kind !== 'CMD-SHELL')
    fields.wrong('test', 'a text, or a list that begins with `CMD`, `CMD-SHELL` or `NONE`');
  const healthcheck: ComposeHealthcheck = {
    disable: fields.flag('disable') ?? kind === 'NONE',
    ...defined({
      test: isNone ? undefined : words,
      interval: fields.duration('interval'),
      timeout: fields.duration('timeout'),
      retries: fields.whole('retries'),
      startPeriod: fields.duration('start_period'),
      startInterval: fields.duration('start_interval'),
    }),
  };
  fields.done();
  return healthcheck;
}
