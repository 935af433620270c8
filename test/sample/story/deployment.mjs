// November 2025: the shop is deployed. The last commit of main: two services, each an image of its own, and the file that names them.

export function deployment(shop) {
  shop.commit('main', 'ada', '2025-11-13 10:20', 'Deploy the pages and the catalogue as two services (#44)', (files) => {
    files.write('hearth.yaml', hearth);
    files.write('deploy/web.Dockerfile', web);
    files.write('api/Dockerfile', api);
    files.write('api/catalog/products.json', products);
    files.write('api/catalog/healthz', 'ok\n');
    files.write('api/serve.sh', serve);
    files.write('deploy/serve.sh', serve);
    files.write('public/healthz', 'ok\n');
    files.edit('docs/runbook.md', '4. Roll back if', '4. `hearth deploy status` says what is live.\n5. Roll back if');
    files.append('README.md', '\n## Deploy\n\n    hearth deploy run production\n\nThe services are in `hearth.yaml`.\n');
  });
}

const hearth = `# What is deployed from here, and where to. \`hearth config explain production\` shows what it comes to.
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
    health: { http: /healthz, interval: 500ms, timeout: 2s, healthy_for: 2s, deadline: 30s }
    drain: 1s
    stop_timeout: 5s
    depends_on: [api]
    type: web
    owner: team shop
    description: The pages that customers see.
    runbook: docs/runbook.md
    links:
      - { title: Dashboard, url: "https://grafana.example.test/d/shop-web", kind: dashboard }
      - { title: Architecture, url: docs/architecture.md, kind: documentation }

  api:
    build:
      context: api
    port: 8080
    variables:
      LOG_LEVEL: info
      CURRENCY: EUR
    health: { http: /healthz, interval: 500ms, timeout: 2s, healthy_for: 2s, deadline: 30s }
    drain: 1s
    stop_timeout: 5s
    depends_on: [payments]
    type: api
    owner: team catalogue
    description: Products and prices.
    links:
      - { title: Dashboard, url: "https://grafana.example.test/d/shop-api", kind: dashboard }

# What others run and the shop needs.
catalog:
  payments:
    owner: Payments Inc
    description: Takes the money.
    runbook: docs/runbook.md
    links:
      - { title: Status, url: "https://status.payments.example.test", kind: monitor }

environments:
  production:
    docker: local
    routing: none
    variables:
      LOG_LEVEL: warn
  staging:
    extends: production
    variables:
      LOG_LEVEL: debug

retention: { releases: 5, logs: 20 }

# Looked at as long as a hub runs, once this file is applied: \`hearth config apply\`.
monitors:
  - name: web
    service: web
    environment: production
    docker: true
    interval: 15s
    retry_interval: 5s
  - name: api
    service: api
    environment: production
    docker: true
    interval: 15s
    retry_interval: 5s
`;
const web = `FROM busybox:1.36
COPY public /www
COPY deploy/serve.sh /serve.sh
EXPOSE 8080
CMD ["/bin/sh", "/serve.sh"]
`;
const api = `FROM busybox:1.36
COPY catalog /www
COPY serve.sh /serve.sh
EXPOSE 8080
CMD ["/bin/sh", "/serve.sh"]
`;
const serve = `# Serves /www until it is asked to stop. /settings shows how this container was started.
echo "log level \${LOG_LEVEL:-info}, currency \${CURRENCY:-EUR}" > /www/settings
httpd -f -p 8080 -h /www &
server=$!
trap 'kill "$server"; exit 0' TERM INT
echo "serving on port 8080"
wait "$server"
`;
const products = `[
  { "id": "mug", "name": "Mug", "price": 1250 },
  { "id": "card", "name": "Postcard", "price": 420 },
  { "id": "poster", "name": "Poster", "price": 3200 }
]
`;
