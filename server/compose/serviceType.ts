import type { ServiceFacts } from '../protocol/catalog.ts';
import type { ComposeService } from './types.ts';

type Type = NonNullable<ServiceFacts['type']>;

const byImage: Readonly<Record<string, Type>> = Object.fromEntries(
  (
    [
      [
        'database',
        'postgres postgresql postgis pgvector timescaledb timescaledb-ha mysql mariadb percona mongo mongodb couchdb cockroach clickhouse clickhouse-server influxdb cassandra scylla elasticsearch opensearch neo4j mssql surrealdb arangodb questdb',
      ],
      ['cache', 'redis redis-stack redis-stack-server valkey memcached keydb dragonfly varnish'],
      ['queue', 'rabbitmq nats kafka cp-kafka redpanda activemq activemq-artemis eclipse-mosquitto mosquitto pulsar beanstalkd nsq'],
      ['web', 'nginx httpd caddy traefik haproxy apache'],
    ] as [Type, string][]
  ).flatMap(([type, names]) => names.split(' ').map((name) => [name, type])),
);

const byName: readonly (readonly [RegExp, Type])[] = [
  [/(^|[-_.])(db|database|postgres|mysql|mongo)([-_.]|$)/i, 'database'],
  [/(^|[-_.])(cache|redis)([-_.]|$)/i, 'cache'],
  [/(^|[-_.])(queue|broker|mq)([-_.]|$)/i, 'queue'],
  [/(^|[-_.])(worker|workers|consumer|celery|sidekiq)([-_.]|$)/i, 'worker'],
  [/(^|[-_.])(job|jobs|cron|migrate|migrations?)([-_.]|$)/i, 'job'],
  [/(^|[-_.])(api|backend|server)([-_.]|$)/i, 'api'],
  [/(^|[-_.])(web|www|frontend|ui|app|proxy|gateway)([-_.]|$)/i, 'web'],
];

/** What a service probably is, by its image, else by its name; undefined when neither says. */
export function typeOf({ image, build, name }: Pick<ComposeService, 'image' | 'build' | 'name'>): Type | undefined {
  const last = build === undefined ? image?.split('@')[0]?.split('/').at(-1)?.split(':')[0] : undefined;
  if (last !== undefined && Object.hasOwn(byImage, last)) return byImage[last];
  return byName.find(([pattern]) => pattern.test(name))?.[1];
}
