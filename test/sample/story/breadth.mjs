// The shop with everything that can be deployed: a container with a migration and smoke tests, a static site, a stack of two services. Files
// for a commit on top of main, because a stack wants a Swarm and a site a folder: `root` holds the sites, one for each environment.

export function breadthFiles(root) {
  return {
    'hearth.yaml': hearth(root),
    'deploy/web.Dockerfile': web,
    'deploy/migrate.sh': migrate,
    'deploy/back.compose.yaml': back,
    'manual/index.html': page('Manual', '<h1>Manual</h1><p>Orders leave on the same day.</p>'),
    'manual/returns.html': page('Returns', '<h1>Returns</h1><p>Within 30 days.</p>'),
  };
}

/** The same with a start page in which the smoke test does not find what it wants. */
export const brokenPage = { 'public/index.html': page('Sale', '<h1>Everything must go</h1>') };

const hearth = (root) => `# The shop with everything that can be deployed.
version: 1
project: shop

services:
  web:
    build:
      context: .
      dockerfile: deploy/web.Dockerfile
      paths: ["deploy/**", "public/**"]
    port: 8080
    variables:
      LOG_LEVEL: info
    resources: { cpus: 0.5, memory: 64m }
    health: { http: /healthz, interval: 250ms, timeout: 2s, healthy_for: 1s, deadline: 30s }
    migrate:
      run: /migrate.sh
      dry_run: /migrate.sh --check
      rollback: /migrate.sh --down
    smoke:
      - { name: start page, http: /, status: 200, contains: "<title>Shop</title>" }
      - { name: settings, http: /settings, contains: log level }
    drain: 200ms
    stop_timeout: 1s

  manual:
    kind: static
    output: manual
    root: ${root}/{environment}

  back:
    kind: stack
    compose: deploy/back.compose.yaml
    health: { healthy_for: 1s, deadline: 60s }

environments:
  production:
    docker: local
    routing: none
  staging:
    extends: production
  preview:
    extends: production

retention: { releases: 5, logs: 20 }
`;

const web = `FROM busybox:1.36
COPY public /www
COPY deploy/serve.sh /serve.sh
COPY deploy/migrate.sh /migrate.sh
EXPOSE 8080
CMD ["/bin/sh", "/serve.sh"]
`;

const migrate = `#!/bin/sh
# A shop without a database: it says what it would do.
case "$1" in
  --check) echo "orders: 1 column to add" ;;
  --down) echo "orders: column taken away" ;;
  *) echo "orders: column added" ;;
esac
`;

const back = `# The back office: a queue, and two that work it off.
services:
  queue:
    image: busybox:1.36
    command: ["sh", "-c", "echo the queue is open; trap 'exit 0' TERM; while true; do sleep 1; done"]
    stop_grace_period: 1s
  worker:
    image: busybox:1.36
    command: ["sh", "-c", 'eval "$$WORK"']
    environment:
      WORK: |
        trap 'exit 0' TERM
        n=0
        while true; do
          n=$$((n + 1))
          if [ $$((n % 7)) = 0 ]; then echo "order $$n waits: its address is not complete" >&2; else echo "order $$n is packed"; fi
          sleep 1
        done
    depends_on: [queue]
    stop_grace_period: 1s
    deploy:
      replicas: 2
`;

function page(title, body) {
  return `<!doctype html>\n<html lang="en">\n  <head>\n    <meta charset="utf-8">\n    <title>${title}</title>\n  </head>\n  <body>${body}</body>\n</html>\n`;
}
