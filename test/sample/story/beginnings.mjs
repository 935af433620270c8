// September to November 2024: a catalogue, a cart, the first checkout. Everything is new, nothing is sure.
import { logo } from './logo.mjs';

export function beginnings(shop) {
  shop.commit('main', 'ada', '2024-09-02 09:14', 'Start the shop: a catalogue over HTTP (#1)', (files) => {
    files.write('package.json', manifest);
    files.write(
      'tsconfig.json',
      '{\n  "compilerOptions": {\n    "target": "es2022",\n    "module": "nodenext",\n    "strict": true,\n    "outDir": "dist"\n  },\n  "include": ["src", "test"]\n}\n',
    );
    files.write('.gitignore', 'node_modules/\ndist/\n.env\n');
    files.write('README.md', '# Shop\n\nA small web shop. Run it with `npm start`, then open http://localhost:8080.\n');
    files.write('src/server.ts', server);
    files.write('src/catalog.ts', catalog);
  });
  shop.commit(
    'main',
    'ada',
    '2024-09-02 15:40',
    'Keep prices as integer cents\n\nFloating point lost a cent on 0.1 + 0.2 in the very first demo.',
    (files) => {
      files.write('src/money.ts', money);
      files.edit(
        'src/catalog.ts',
        '  price: number;',
        '  /** In cents. */\n  price: number;',
        'price: 12.5',
        'price: 1250',
        'price: 4.2',
        'price: 420',
        'price: 32',
        'price: 3200',
      );
    },
  );
  shop.commit('main', 'kofi', '2024-09-04 10:05', 'Add a cart (#2)', (files) => {
    files.write('src/cart.ts', cart);
    files.write('test/cart.test.ts', cartTest);
  });
  shop.commit('main', 'kofi', '2024-09-05 11:31', 'Refuse quantities below one', (files) => {
    files.edit(
      'src/cart.ts',
      '  const line = cart.lines.find',
      '  if (quantity < 1) throw new RangeError(`quantity must be at least 1, not ${quantity}`);\n  const line = cart.lines.find',
    );
    files.append(
      'test/cart.test.ts',
      "\ntest('refuses an empty line', () => {\n  assert.throws(() => add(emptyCart(), 'mug', 0), RangeError);\n});\n",
    );
  });
  shop.commit('main', 'martaOnLaptop', '2024-09-09 14:22', 'First page and style sheet', (files) => {
    files.write(
      'public/index.html',
      '<!doctype html>\n<html lang="en">\n  <head>\n    <meta charset="utf-8">\n    <title>Shop</title>\n    <link rel="stylesheet" href="styles.css">\n  </head>\n  <body>\n    <main id="products"></main>\n  </body>\n</html>\n',
    );
    files.write('public/styles.css', styles);
  });
  shop.commit('main', 'martaOnLaptop', '2024-09-09 17:03', 'Add a logo', (files) => {
    files.write('public/logo.png', logo({ ground: 'c2552d', basket: 'fff4e6' }));
    files.edit('public/index.html', '  <body>\n', '  <body>\n    <header><img src="logo.png" alt="Shop" width="64"></header>\n');
  });
  shop.commit('main', 'lin', '2024-09-16 09:48', 'Build a container', (files) => {
    files.write('Dockerfile', 'FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nCMD ["node", "dist/src/server.js"]\n');
    files.write('.dockerignore', 'node_modules\ndist\n.git\n');
  });
  shop.commit('main', 'lin', '2024-09-16 16:20', 'Run shop and database with compose (#3)', (files) => {
    files.write('compose.yaml', compose);
    files.append('README.md', '\n## With containers\n\n    docker compose up --build\n');
  });
  shop.commit(
    'main',
    'kofi',
    '2024-09-23 13:37',
    'Round each line, not the total (#4)\n\nThe invoice prints lines; a total that is not their sum is a support ticket.',
    (files) => {
      files.edit(
        'src/money.ts',
        'export function format',
        '/** Half a cent goes up, as on a till. */\nexport function roundCents(value: number): number {\n  return Math.sign(value) * Math.round(Math.abs(value));\n}\n\nexport function format',
      );
    },
  );
  shop.commit('main', 'ada', '2024-09-30 10:12', 'Checkout: validate the address (#5)', (files) =>
    files.write('src/checkout.ts', addresses),
  );
  shop.commit('main', 'ada', '2024-10-01 09:02', 'Checkout: postal codes of the countries we ship to', (files) => {
    files.edit(
      'src/checkout.ts',
      "  if (address.city.trim() === '') problems.push('city');\n",
      "  if (address.city.trim() === '') problems.push('city');\n  const pattern = postalCodes[address.country];\n  if (!pattern) problems.push('country');\n  else if (!pattern.test(address.postalCode)) problems.push('postalCode');\n",
    );
    files.edit(
      'src/checkout.ts',
      '/** Names of the fields',
      'const postalCodes: Record<string, RegExp> = {\n  DE: /^\\d{5}$/,\n  AT: /^\\d{4}$/,\n  NL: /^\\d{4} ?[A-Z]{2}$/,\n  FR: /^\\d{5}$/,\n};\n\n/** Names of the fields',
    );
  });
  shop.commit('main', 'jonas', '2024-10-07 11:45', 'Move the routes out of the server', (files) => {
    files.write('src/router.ts', router);
    files.write(
      'src/server.ts',
      "import { createServer } from 'node:http';\nimport { route } from './router.js';\n\nconst port = Number(process.env.PORT ?? 8080);\n\ncreateServer((request, response) => {\n  route(request, response);\n}).listen(port, () => {\n  console.log(`listening on ${port}`);\n});\n",
    );
  });
  shop.commit('main', 'bot', '2024-10-14 04:00', 'Bump typescript from 5.5.4 to 5.6.3', (files) =>
    files.edit('package.json', '5.5.4', '5.6.3'),
  );

  shop.branch('feature/payments', 'main');
  shop.commit('feature/payments', 'lin', '2024-10-15 10:30', 'Payments: talk to the provider (#7)', (files) =>
    files.write('src/payments.ts', payments),
  );
  shop.commit('feature/payments', 'lin', '2024-10-16 14:11', 'Payments: retry when the provider is busy', (files) => {
    files.write('src/retry.ts', retry);
    files.edit(
      'src/payments.ts',
      "import type { Cents } from './money.js';",
      "import type { Cents } from './money.js';\nimport { retry } from './retry.js';",
      '  const response = await fetch(endpoint, {',
      '  const response = await retry(3, () => fetch(endpoint, {',
      '    body: JSON.stringify(charge),\n  });',
      '    body: JSON.stringify(charge),\n  }));',
    );
  });
  shop.commit('main', 'marta', '2024-10-17 15:55', 'One name for Marta\n\nThe laptop had no git identity.', (files) =>
    files.write('.mailmap', 'Marta Oliveira <marta@example.com> marta <marta@laptop.local>\n'),
  );
  shop.commit('feature/payments', 'kofi', '2024-10-18 12:00', 'Payments: never log a card number', (files) => {
    files.edit(
      'src/payments.ts',
      '  if (!response.ok) throw',
      '  // The body of a refusal may repeat what we sent; only its status is safe to show.\n  if (!response.ok) throw',
    );
  });
  shop.commit('main', 'jonas', '2024-10-21 09:20', "Merge branch 'feature/payments'", () => {}, { merge: 'feature/payments' });
  shop.deleteBranch('feature/payments');

  shop.commit('main', 'kofi', '2024-10-28 10:44', 'Checkout: total of the lines (#8)', (files) => {
    files.append('src/checkout.ts', totals);
    files.edit('src/checkout.ts', "import type { Cart } from './cart.js';\n", "import { type Cart, subtotal } from './cart.js';\n");
  });
  shop.commit('main', 'marta', '2024-11-04 16:18', 'Cards for the products', (files) => {
    files.append(
      'public/styles.css',
      '\n.card {\n  border: 1px solid var(--line);\n  border-radius: 8px;\n  padding: 1rem;\n}\n\n.card .price {\n  font-weight: bold;\n}\n',
    );
  });
  shop.commit('main', 'lin', '2024-11-11 09:00', 'Describe how the parts fit together', (files) =>
    files.write('docs/architecture.md', architecture),
  );
  shop.commit(
    'main',
    'ada',
    '2024-11-15 17:30',
    'Release 0.1.0',
    (files) => files.edit('package.json', '"version": "0.0.0"', '"version": "0.1.0"'),
    { mark: 'v0.1.0' },
  );
  shop.annotatedTag(
    'v0.1.0',
    'main',
    'ada',
    '2024-11-15 17:35',
    'First version that sold something\n\nThree mugs and a poster, to family.',
  );
}

const manifest = `{
  "name": "shop",
  "version": "0.0.0",
  "private": true,
  "type": "module",
  "scripts": {
    "build": "tsc",
    "start": "node dist/src/server.js",
    "test": "node --test dist/test"
  },
  "devDependencies": {
    "typescript": "5.5.4"
  }
}
`;
const server = `import { createServer } from 'node:http';
import { products } from './catalog.js';

const port = Number(process.env.PORT ?? 8080);

createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname === '/products') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(products));
    return;
  }
  response.statusCode = 404;
  response.end('not found');
}).listen(port, () => {
  console.log(\`listening on \${port}\`);
});
`;
const catalog = `export interface Product {
  id: string;
  name: string;
  price: number;
  weight: number;
}

/** Until there is a database. Weights in grams. */
export const products: Product[] = [
  { id: 'mug', name: 'Stoneware mug', price: 12.5, weight: 410 },
  { id: 'card', name: 'Greeting card', price: 4.2, weight: 20 },
  { id: 'poster', name: 'Poster, 50 × 70', price: 32, weight: 180 },
];

export function findProduct(id: string): Product | undefined {
  return products.find((product) => product.id === id);
}
`;
const money = `/** An amount of money: an integer number of cents. */
export type Cents = number;

export function format(cents: Cents): string {
  const sign = cents < 0 ? '-' : '';
  const euros = Math.floor(Math.abs(cents) / 100);
  const rest = String(Math.abs(cents) % 100).padStart(2, '0');
  return \`\${sign}\${euros}.\${rest} €\`;
}
`;
const cart = `import { findProduct } from './catalog.js';
import type { Cents } from './money.js';

export interface CartLine {
  productId: string;
  quantity: number;
}

export interface Cart {
  lines: CartLine[];
}

export function emptyCart(): Cart {
  return { lines: [] };
}

/** Adds to the line of the product, or makes one. */
export function add(cart: Cart, productId: string, quantity: number): Cart {
  const line = cart.lines.find((each) => each.productId === productId);
  if (!line) return { lines: [...cart.lines, { productId, quantity }] };
  return { lines: cart.lines.map((each) => (each === line ? { productId, quantity: line.quantity + quantity } : each)) };
}

export function remove(cart: Cart, productId: string): Cart {
  return { lines: cart.lines.filter((line) => line.productId !== productId) };
}

export function subtotal(cart: Cart): Cents {
  let sum = 0;
  for (const line of cart.lines) {
    const product = findProduct(line.productId);
    if (product) sum += product.price * line.quantity;
  }
  return sum;
}
`;
const cartTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, emptyCart, remove, subtotal } from '../src/cart.js';

test('adds up', () => {
  const cart = add(add(emptyCart(), 'mug', 2), 'card', 1);
  assert.equal(subtotal(cart), 2920);
});

test('joins lines of one product', () => {
  const cart = add(add(emptyCart(), 'mug', 1), 'mug', 2);
  assert.deepEqual(cart.lines, [{ productId: 'mug', quantity: 3 }]);
});

test('forgets a removed line', () => {
  assert.deepEqual(remove(add(emptyCart(), 'mug', 1), 'mug').lines, []);
});
`;
const styles = `:root {
  --ink: #2b2b2b;
  --paper: #fffdf8;
  --line: #e4dccf;
  --accent: #c2552d;
}

body {
  margin: 0 auto;
  max-width: 60rem;
  font: 16px/1.5 system-ui, sans-serif;
  color: var(--ink);
  background: var(--paper);
}

#products {
  display: grid;
  grid-template-columns: repeat(3, 1fr);
  gap: 1rem;
}

a {
  color: var(--accent);
}
`;
const compose = `services:
  web:
    build: .
    ports:
      - "8080:8080"
    environment:
      DATABASE_URL: postgres://shop:shop@db/shop
    depends_on:
      - db
  db:
    image: postgres:16
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: shop
    volumes:
      - pg:/var/lib/postgresql/data
volumes:
  pg:
`;
const router = `import type { IncomingMessage, ServerResponse } from 'node:http';
import { findProduct, products } from './catalog.js';

type Handler = (url: URL, request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

const routes: Record<string, Handler> = {
  'GET /products': (_url, _request, response) => json(response, products),
  'GET /product': (url, _request, response) => {
    const product = findProduct(url.searchParams.get('id') ?? '');
    if (product) json(response, product);
    else notFound(response);
  },
};

export async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const handler = routes[\`\${request.method} \${url.pathname}\`];
  if (!handler) {
    notFound(response);
    return;
  }
  await handler(url, request, response);
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

function notFound(response: ServerResponse): void {
  response.statusCode = 404;
  response.end('not found');
}
`;
const addresses = `// From a cart to a paid order.
import type { Cart } from './cart.js';
import type { Cents } from './money.js';

export interface Address {
  name: string;
  street: string;
  postalCode: string;
  city: string;
  /** ISO 3166, two letters. */
  country: string;
}

/** Names of the fields that must be corrected; empty when the address is fine. */
export function addressProblems(address: Address): (keyof Address)[] {
  const problems: (keyof Address)[] = [];
  if (address.name.trim() === '') problems.push('name');
  if (!/\\d/.test(address.street)) problems.push('street');
  if (address.city.trim() === '') problems.push('city');
  return problems;
}
`;
const payments = `import type { Cents } from './money.js';

const endpoint = process.env.PAYMENT_URL ?? 'https://pay.example.com/v1/charges';

export interface Charge {
  amount: Cents;
  currency: 'EUR';
  /** One-time token from the browser; the card itself never reaches us. */
  token: string;
}

export class PaymentRefused extends Error {}

export async function pay(charge: Charge): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: \`Bearer \${process.env.PAYMENT_KEY}\` },
    body: JSON.stringify(charge),
  });
  if (!response.ok) throw new PaymentRefused(\`payment refused: \${response.status}\`);
  const { id } = (await response.json()) as { id: string };
  return id;
}
`;
const retry = `/** Calls until it works, at most \`times\` times. */
export async function retry<T>(times: number, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= times) throw error;
    }
  }
}
`;
const totals = `
export interface Totals {
  lines: Cents;
  total: Cents;
}

export function totals(cart: Cart): Totals {
  const lines = subtotal(cart);
  return { lines, total: lines };
}
`;
const architecture = `# How the parts fit together

    browser ── HTTP ──► server.ts ─► router.ts ─► catalog, cart, checkout
                                                     │
                                                     └─► payments.ts ─► provider

- Money is counted in cents, everywhere.
- Modules take data and return data; only the router knows HTTP.
`;
