// December 2024 to May 2025: coupons, shipping, taxes. Checkout grows, files move, two people change the same lines.

export function growth(shop) {
  shop.commit('main', 'kofi', '2024-12-02 10:10', 'Checkout: shipping by weight (#11)', (files) => {
    files.append('src/checkout.ts', shipping);
    files.edit(
      'src/checkout.ts',
      '  lines: Cents;\n  total: Cents;',
      '  lines: Cents;\n  shipping: Cents;\n  total: Cents;',
      'export function totals(cart: Cart): Totals {\n  const lines = subtotal(cart);\n  return { lines, total: lines };',
      'export function totals(cart: Cart, country: string): Totals {\n  const lines = subtotal(cart);\n  const shipping = shippingCost(weight(cart), country);\n  return { lines, shipping, total: lines + shipping };',
    );
    files.edit(
      'src/checkout.ts',
      "import { type Cart, subtotal } from './cart.js';\n",
      "import { type Cart, subtotal } from './cart.js';\nimport { findProduct } from './catalog.js';\n",
    );
  });
  shop.commit('main', 'kofi', '2024-12-03 09:31', 'Shipping is free from 75 euros', (files) => {
    files.edit(
      'src/checkout.ts',
      '  const shipping = shippingCost(weight(cart), country);',
      '  const shipping = lines >= freeShippingFrom ? 0 : shippingCost(weight(cart), country);',
      '/** Grams of everything',
      '/** Below this, packing costs more than the margin. */\nconst freeShippingFrom: Cents = 7500;\n\n/** Grams of everything',
    );
  });
  shop.commit('main', 'jonas', '2024-12-09 14:26', 'Products get a folder of their own', (files) => {
    files.rename('src/catalog.ts', 'src/products/catalog.ts');
    files.edit('src/cart.ts', "'./catalog.js'", "'./products/catalog.js'");
    files.edit('src/checkout.ts', "'./catalog.js'", "'./products/catalog.js'");
    files.edit('src/router.ts', "'./catalog.js'", "'./products/catalog.js'");
  });
  shop.commit('main', 'jonas', '2024-12-10 10:02', 'Products: search by name', (files) => {
    files.append(
      'src/products/catalog.ts',
      '\n/** Products whose name contains every word of the query, in the order of the catalogue. */\nexport function search(query: string): Product[] {\n  const words = query.toLowerCase().split(/\\s+/).filter(Boolean);\n  return products.filter((product) => words.every((word) => product.name.toLowerCase().includes(word)));\n}\n',
    );
    files.edit(
      'src/router.ts',
      'import { findProduct, products }',
      'import { findProduct, products, search }',
      "  'GET /product': (url",
      "  'GET /search': (url, _request, response) => json(response, search(url.searchParams.get('q') ?? '')),\n  'GET /product': (url",
    );
  });
  shop.commit(
    'main',
    'lin',
    '2024-12-12 11:11',
    'Cache the product list for ever',
    (files) => {
      files.edit(
        'src/router.ts',
        "  'GET /products': (_url, _request, response) => json(response, products),",
        "  'GET /products': (_url, _request, response) => {\n    response.setHeader('cache-control', 'public, max-age=31536000, immutable');\n    json(response, products);\n  },",
      );
    },
    { mark: 'cache' },
  );
  shop.commit(
    'main',
    'marta',
    '2024-12-13 08:45',
    `Revert "Cache the product list for ever"\n\nThis reverts commit ${shop.id('cache')}.\n\nCustomers saw yesterday's prices until they emptied their browser (#14).`,
    (files) => {
      files.edit(
        'src/router.ts',
        "  'GET /products': (_url, _request, response) => {\n    response.setHeader('cache-control', 'public, max-age=31536000, immutable');\n    json(response, products);\n  },",
        "  'GET /products': (_url, _request, response) => json(response, products),",
      );
    },
  );

  // Coupons and taxes are made at the same time, and both change how the total comes about.
  shop.branch('feature/coupons', 'main');
  shop.branch('feature/taxes', 'main');
  shop.commit('feature/coupons', 'marta', '2025-01-13 10:20', 'Coupons: percentage and fixed amount (#15)', (files) =>
    files.append('src/checkout.ts', coupons),
  );
  shop.commit('feature/taxes', 'jonas', '2025-01-14 13:05', 'Taxes: VAT by country (#16)', (files) => files.write('src/tax.ts', tax));
  shop.commit('feature/coupons', 'marta', '2025-01-15 09:15', 'Coupons: subtract them from the lines', (files) => {
    files.edit(
      'src/checkout.ts',
      'export function totals(cart: Cart, country: string): Totals {\n  const lines = subtotal(cart);',
      'export function totals(cart: Cart, country: string, coupon?: Coupon): Totals {\n  const lines = subtotal(cart) - discount(coupon, subtotal(cart));',
    );
  });
  shop.commit('feature/taxes', 'jonas', '2025-01-15 16:44', 'Taxes: show them beside the total', (files) => {
    files.edit(
      'src/checkout.ts',
      'export function totals(cart: Cart, country: string): Totals {',
      '/** Prices include VAT; the tax is shown, not added. */\nexport function totals(cart: Cart, country: string): Totals {',
      '  return { lines, shipping, total: lines + shipping };',
      '  const total = lines + shipping;\n  return { lines, shipping, tax: includedTax(total, country), total };',
      '  shipping: Cents;\n  total: Cents;',
      '  shipping: Cents;\n  tax: Cents;\n  total: Cents;',
      "import type { Cents } from './money.js';\n",
      "import type { Cents } from './money.js';\nimport { includedTax } from './tax.js';\n",
    );
  });
  shop.commit('feature/coupons', 'kofi', '2025-01-17 11:52', 'Coupons: one that expired does nothing', (files) => {
    files.edit(
      'src/checkout.ts',
      '  if (!coupon) return 0;',
      '  if (!coupon || coupon.expires < new Date()) return 0;',
      '  percent?: number;',
      '  percent?: number;\n  expires: Date;',
    );
  });
  shop.commit('main', 'ada', '2025-01-20 09:12', "Merge branch 'feature/taxes'", () => {}, { merge: 'feature/taxes' });
  const merged = shop.text('main', 'src/checkout.ts');
  shop.commit(
    'main',
    'ada',
    '2025-01-20 10:03',
    "Merge branch 'feature/coupons'\n\nConflict in src/checkout.ts: both changed totals(). The discount comes first, the tax is\nincluded in what is left.",
    (files) => {
      files.write('src/checkout.ts', Buffer.from(merged));
      files.append(
        'src/checkout.ts',
        coupons
          .replace('if (!coupon) return 0;', 'if (!coupon || coupon.expires < new Date()) return 0;')
          .replace('  percent?: number;', '  percent?: number;\n  expires: Date;'),
      );
      files.edit(
        'src/checkout.ts',
        'export function totals(cart: Cart, country: string): Totals {\n  const lines = subtotal(cart);',
        'export function totals(cart: Cart, country: string, coupon?: Coupon): Totals {\n  const full = subtotal(cart);\n  const lines = full - discount(coupon, full);',
      );
    },
    { merge: 'feature/coupons' },
  );
  shop.deleteBranch('feature/taxes');
  shop.deleteBranch('feature/coupons');

  shop.commit('main', 'bot', '2025-02-03 04:00', 'Bump typescript from 5.6.3 to 5.7.3', (files) =>
    files.edit('package.json', '5.6.3', '5.7.3'),
  );
  shop.commit(
    'main',
    'lin',
    '2025-02-05 10:39',
    'Container: build in one stage, run in another\n\nThe image shrinks from 1.3 GB to 210 MB.',
    (files) => {
      files.write(
        'Dockerfile',
        'FROM node:22 AS build\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\n\nFROM node:22-slim AS prod\nWORKDIR /app\nCOPY --from=build /app/dist dist\nCOPY public public\nUSER node\nEXPOSE 8080\nCMD ["node", "dist/src/server.js"]\n',
      );
      files.edit('compose.yaml', '    build: .\n', '    build:\n      context: .\n      target: prod\n');
    },
  );
  shop.commit('main', 'lin', '2025-02-06 15:20', 'Answer /healthz', (files) => {
    files.edit(
      'src/router.ts',
      'const routes: Record<string, Handler> = {\n',
      "const routes: Record<string, Handler> = {\n  'GET /healthz': (_url, _request, response) => json(response, { ok: true }),\n",
    );
    files.edit(
      'compose.yaml',
      '    depends_on:\n',
      '    healthcheck:\n      test: ["CMD", "wget", "-qO-", "http://localhost:8080/healthz"]\n      interval: 10s\n    depends_on:\n',
    );
  });
  shop.commit('main', 'kofi', '2025-02-17 10:31', 'Checkout: place the order (#19)', (files) => {
    files.append('src/checkout.ts', placing);
    files.edit(
      'src/checkout.ts',
      "import { findProduct } from './products/catalog.js';\n",
      "import { pay } from './payments.js';\nimport { findProduct } from './products/catalog.js';\n",
    );
  });
  shop.commit(
    'main',
    'ada',
    '2025-02-18 09:48',
    'Checkout: an order has a number people can read out\n\nNo 0/O, no 1/I: support typed them wrong on the phone.',
    (files) => {
      files.append('src/checkout.ts', orderNumbers);
      files.edit('src/checkout.ts', '  const number = String(Date.now());', '  const number = orderNumber(Date.now());');
    },
  );
  shop.commit('main', 'kofi', '2025-02-24 16:02', 'Mail a receipt (#20)', (files) => {
    files.write('src/mail.ts', mail);
    files.edit(
      'src/checkout.ts',
      '  return { number, totals: sums, paymentId };',
      '  const order = { number, totals: sums, paymentId };\n  await sendReceipt(customer, order);\n  return order;',
      "import { pay } from './payments.js';\n",
      "import { sendReceipt } from './mail.js';\nimport { pay } from './payments.js';\n",
    );
  });
  shop.commit('main', 'marta', '2025-03-03 11:16', 'Two columns on narrow screens', (files) => {
    files.append('public/styles.css', '\n@media (max-width: 40rem) {\n  #products {\n    grid-template-columns: repeat(2, 1fr);\n  }\n}\n');
  });
  shop.commit('main', 'jonas', '2025-03-10 13:13', 'Retry: wait a little longer each time (#22)', (files) => {
    files.edit(
      'src/retry.ts',
      '/** Calls until it works, at most `times` times. */',
      '/** Calls until it works, at most `times` times, and waits 100, 200, 400 … ms in between. */',
      '      if (attempt >= times) throw error;',
      '      if (attempt >= times) throw error;\n      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));',
    );
  });
  shop.commit('main', 'ada', '2025-03-14 17:00', 'Release 0.2.0', (files) =>
    files.edit('package.json', '"version": "0.1.0"', '"version": "0.2.0"'),
  );
  shop.annotatedTag('v0.2.0', 'main', 'ada', '2025-03-14 17:05', 'Coupons, taxes, receipts');

  shop.oldStyle = false;
  shop.commit(
    'main',
    'jonas',
    '2025-04-01 09:00',
    'Format everything: two spaces, single quotes\n\nNo change in behaviour. git blame skips this commit, see .git-blame-ignore-revs.',
    (files) => files.reformat(),
    { mark: 'format' },
  );
  shop.commit('main', 'jonas', '2025-04-01 09:10', 'Keep the formatting out of blame', (files) => {
    files.write('.git-blame-ignore-revs', `# Format everything: two spaces, single quotes\n${shop.id('format')}\n`);
    files.append(
      'README.md',
      '\n## History\n\n    git config blame.ignoreRevsFile .git-blame-ignore-revs\n\nkeeps formatting out of `git blame`.\n',
    );
  });
}

const shipping = `
/** Grams of everything in the cart. */
export function weight(cart: Cart): number {
  let grams = 0;
  for (const line of cart.lines) grams += (findProduct(line.productId)?.weight ?? 0) * line.quantity;
  return grams;
}

interface ShippingBand {
  /** Up to and including this weight, in grams. */
  upTo: number;
  home: Cents;
  abroad: Cents;
}

const shippingBands: ShippingBand[] = [
  { upTo: 100, home: 180, abroad: 370 },
  { upTo: 1000, home: 450, abroad: 1190 },
  { upTo: 5000, home: 690, abroad: 1790 },
  { upTo: 31500, home: 1290, abroad: 3990 },
];

export function shippingCost(grams: number, country: string): Cents {
  const band = shippingBands.find((each) => grams <= each.upTo);
  if (!band) throw new RangeError(\`\${grams} g is more than one parcel may weigh\`);
  return country === 'DE' ? band.home : band.abroad;
}
`;
const coupons = `
export interface Coupon {
  code: string;
  /** Either a part of the lines, 0 to 100 … */
  percent?: number;
  /** … or a fixed amount. */
  amount?: Cents;
}

/** What the coupon takes off; never more than there is. */
export function discount(coupon: Coupon | undefined, lines: Cents): Cents {
  if (!coupon) return 0;
  const wanted = coupon.percent ? Math.round((lines * coupon.percent) / 100) : (coupon.amount ?? 0);
  return Math.min(wanted, lines);
}
`;
const tax = `import { type Cents, roundCents } from './money.js';

/** Standard rates in percent. Books and food have their own, but we sell neither. */
const rates: Record<string, number> = {
  DE: 19,
  AT: 20,
  NL: 21,
  FR: 20,
};

/** The VAT contained in a gross amount. */
export function includedTax(gross: Cents, country: string): Cents {
  const rate = rates[country] ?? 0;
  return roundCents(gross - gross / (1 + rate / 100));
}
`;
const placing = `
export interface Customer {
  mail: string;
  address: Address;
}

export interface Order {
  number: string;
  totals: Totals;
  paymentId: string;
}

export class CheckoutProblem extends Error {
  readonly fields: string[];

  constructor(message: string, fields: string[] = []) {
    super(message);
    this.fields = fields;
  }
}

/** Validates, charges, and only then makes the order. */
export async function placeOrder(cart: Cart, customer: Customer, token: string, coupon?: Coupon): Promise<Order> {
  if (cart.lines.length === 0) throw new CheckoutProblem('The cart is empty.');
  const fields = addressProblems(customer.address);
  if (fields.length > 0) throw new CheckoutProblem('Please correct the address.', fields);
  const sums = totals(cart, customer.address.country, coupon);
  const paymentId = await pay({ amount: sums.total, currency: 'EUR', token });
  const number = String(Date.now());
  return { number, totals: sums, paymentId };
}
`;
const orderNumbers = `
const readable = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** Eight characters from a number, most significant first. */
export function orderNumber(seed: number): string {
  let rest = seed;
  let text = '';
  for (let position = 0; position < 8; position++) {
    text = readable[rest % readable.length] + text;
    rest = Math.floor(rest / readable.length);
  }
  return text;
}
`;
const mail = `import type { Customer, Order } from './checkout.js';
import { format } from './money.js';

export async function sendReceipt(customer: Customer, order: Order): Promise<void> {
  const lines = [
    \`Dear \${customer.address.name},\`,
    '',
    \`thank you for your order \${order.number}.\`,
    '',
    \`  Goods     \${format(order.totals.lines)}\`,
    \`  Shipping  \${format(order.totals.shipping)}\`,
    \`  Total     \${format(order.totals.total)} (VAT included: \${format(order.totals.tax)})\`,
  ];
  await deliver(customer.mail, \`Your order \${order.number}\`, lines.join('\\n'));
}

async function deliver(to: string, subject: string, text: string): Promise<void> {
  console.log(\`mail to \${to}: \${subject} (\${text.length} characters)\`);
}
`;
