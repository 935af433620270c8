// June to November 2025: the shop is open, and things break. Stock, repeated requests, refunds, a hotfix.
import { logo } from './logo.mjs';

export function maturity(shop) {
  shop.commit('main', 'lin', '2025-05-12 10:24', 'Stock: reserve before paying (#25)', (files) => {
    files.write('src/products/stock.ts', stock);
    files.edit(
      'src/checkout.ts',
      "  const paymentId = await pay({ amount: sums.total, currency: 'EUR', token });",
      "  const reservation = reserve(cart.lines);\n  if (!reservation.ok) throw new CheckoutProblem(`Only ${reservation.left} left of ${reservation.productId}.`);\n  const paymentId = await pay({ amount: sums.total, currency: 'EUR', token });",
      'import { includedTax }',
      "import { reserve } from './products/stock.js';\nimport { includedTax }",
    );
  });
  shop.commit('main', 'lin', '2025-05-13 09:51', 'Stock: give back what was not paid', (files) => {
    files.edit(
      'src/checkout.ts',
      "  const paymentId = await pay({ amount: sums.total, currency: 'EUR', token });",
      "  const paymentId = await pay({ amount: sums.total, currency: 'EUR', token }).catch((error: unknown) => {\n    release(cart.lines);\n    throw error;\n  });",
      '{ reserve }',
      '{ release, reserve }',
    );
  });
  shop.commit('main', 'marta', '2025-05-19 14:40', 'Party for the opening', (files) => {
    files.write(
      'docs/launch party 🎉.md',
      '# Launch party\n\n- [x] Book the courtyard\n- [x] Ask the neighbours\n- [ ] Mugs for everybody who was there\n',
    );
  });
  shop.commit('main', 'kofi', '2025-05-26 11:08', 'The cart is a part of the checkout', (files) => {
    files.rename('src/cart.ts', 'src/checkout/cart.ts');
    files.rename('src/checkout.ts', 'src/checkout/checkout.ts');
    files.edit('src/checkout/cart.ts', "'./products/catalog.js'", "'../products/catalog.js'", "'./money.js'", "'../money.js'");
    files.edit(
      'src/checkout/checkout.ts',
      "'./mail.js'",
      "'../mail.js'",
      "'./payments.js'",
      "'../payments.js'",
      "'./products/catalog.js'",
      "'../products/catalog.js'",
      "'./money.js'",
      "'../money.js'",
      "'./products/stock.js'",
      "'../products/stock.js'",
      "'./tax.js'",
      "'../tax.js'",
    );
    files.edit('src/mail.ts', "'./checkout.js'", "'./checkout/checkout.js'");
    files.edit('test/cart.test.ts', "'../src/cart.js'", "'../src/checkout/cart.js'");
  });
  shop.commit(
    'main',
    'jonas',
    '2025-06-02 10:00',
    'Checkout: answer a repeated request with the same order (#28)\n\nA double click on a slow line charged a customer twice.',
    (files) => {
      files.append('src/checkout/checkout.ts', idempotency);
    },
  );
  shop.commit('main', 'ada', '2025-06-10 15:32', 'Checkout over HTTP', (files) => {
    files.edit(
      'src/router.ts',
      "import { findProduct, products, search } from './products/catalog.js';\n",
      "import { CheckoutProblem, placeOrderOnce } from './checkout/checkout.js';\nimport { findProduct, products, search } from './products/catalog.js';\n",
      '};\n\nexport async function route',
      `${checkoutRoute}};\n\nexport async function route`,
    );
    files.append('src/router.ts', bodyReader);
  });
  shop.commit('main', 'marta', '2025-06-16 09:27', 'A calmer logo', (files) => {
    files.write('public/logo.png', logo({ ground: '2f6f73', basket: 'f7f3ea' }));
    files.edit('public/styles.css', '--accent: #c2552d;', '--accent: #2f6f73;');
  });
  shop.commit('main', 'kofi', '2025-06-23 16:16', 'Tests for shipping and coupons', (files) =>
    files.write('test/checkout.test.ts', checkoutTest),
  );
  shop.commit(
    'main',
    'ada',
    '2025-06-30 17:00',
    'Release 1.0.0',
    (files) => {
      files.edit('package.json', '"version": "0.2.0"', '"version": "1.0.0"');
      files.write('CHANGELOG.md', '# Changes\n\n## 1.0.0\n\n- The shop is open: checkout over HTTP, stock, receipts by mail.\n');
    },
    { mark: 'v1.0.0' },
  );
  shop.annotatedTag('v1.0.0', 'main', 'ada', '2025-06-30 17:10', 'The shop is open');

  shop.branch('feature/refunds', 'main');
  shop.commit('feature/refunds', 'jonas', '2025-07-08 10:45', 'Refunds: whole orders (#31)', (files) =>
    files.append('src/checkout/checkout.ts', refunds),
  );
  shop.commit('main', 'marta', '2025-07-09 13:20', 'Visible focus for keyboard users', (files) => {
    files.append('public/styles.css', '\n:focus-visible {\n  outline: 3px solid var(--accent);\n  outline-offset: 2px;\n}\n');
  });
  shop.commit('feature/refunds', 'jonas', '2025-07-10 17:33', 'Refunds: single lines', (files) => {
    files.edit('src/checkout/checkout.ts', '/** Gives the money back.', partialRefund);
  });

  // The hotfix starts at the release, not at main, and goes out the same evening.
  shop.branch('hotfix/1.0.1', 'v1.0.0');
  shop.commit(
    'hotfix/1.0.1',
    'lin',
    '2025-07-11 21:14',
    'Fix: retry only what may succeed later (#33)\n\nA refused card was charged three times in a row, and refused three times.',
    (files) => {
      files.edit(
        'src/retry.ts',
        '/** Calls until it works,',
        '/** Errors that a second try cannot change. */\nexport class Permanent extends Error {}\n\n/** Calls until it works,',
        'if (attempt >= times) throw error;',
        'if (attempt >= times || error instanceof Permanent) throw error;',
      );
      files.edit(
        'src/payments.ts',
        'export class PaymentRefused extends Error {}',
        'export class PaymentRefused extends Permanent {}',
        'import { retry }',
        'import { Permanent, retry }',
      );
    },
  );
  shop.commit('hotfix/1.0.1', 'lin', '2025-07-11 21:40', 'Release 1.0.1', (files) =>
    files.edit('package.json', '"version": "1.0.0"', '"version": "1.0.1"'),
  );
  shop.annotatedTag('v1.0.1', 'hotfix/1.0.1', 'lin', '2025-07-11 21:45', 'Retry only what may succeed later');
  shop.commit('main', 'lin', '2025-07-12 10:05', "Merge branch 'hotfix/1.0.1'", () => {}, { merge: 'hotfix/1.0.1' });
  shop.deleteBranch('hotfix/1.0.1');
  shop.commit('main', 'ada', '2025-07-14 09:30', "Merge branch 'feature/refunds'", () => {}, { merge: 'feature/refunds' });
  shop.deleteBranch('feature/refunds');

  shop.commit('main', 'bot', '2025-08-04 04:00', 'Bump typescript from 5.7.3 to 5.9.2', (files) =>
    files.edit('package.json', '5.7.3', '5.9.2'),
  );
  shop.commit(
    'main',
    'ada',
    '2025-08-18 11:20',
    'Move the shipping table into a file of its own\n\nIt is what changes every January.',
    (files) => {
      const text = files.read('src/checkout/checkout.ts');
      const start = text.indexOf('/** Grams of everything');
      const end = text.indexOf('\nexport interface Coupon');
      files.write(
        'src/checkout/shipping.ts',
        `import type { Cents } from '../money.js';\nimport { findProduct } from '../products/catalog.js';\nimport type { Cart } from './cart.js';\n\n${text.slice(start, end)}`,
      );
      files.write('src/checkout/checkout.ts', text.slice(0, start) + text.slice(end + 1));
      files.edit(
        'src/checkout/checkout.ts',
        "import { findProduct } from '../products/catalog.js';\n",
        '',
        'import { includedTax }',
        "import { shippingCost, weight } from './shipping.js';\nimport { includedTax }",
      );
      files.edit(
        'test/checkout.test.ts',
        "import { discount, shippingCost } from '../src/checkout/checkout.js';",
        "import { discount } from '../src/checkout/checkout.js';\nimport { shippingCost } from '../src/checkout/shipping.js';",
      );
    },
  );
  shop.commit('main', 'kofi', '2025-08-25 15:03', 'Belgium and Luxembourg (#36)', (files) => {
    files.edit('src/checkout/checkout.ts', '  FR: /^\\d{5}$/,\n', '  FR: /^\\d{5}$/,\n  BE: /^\\d{4}$/,\n  LU: /^(L-)?\\d{4}$/,\n');
    files.edit('src/tax.ts', '  FR: 20,\n', '  FR: 20,\n  BE: 21,\n  LU: 17,\n');
  });
  shop.commit('main', 'marta', '2025-09-01 13:44', 'Checkout: when will it arrive? (#37)', (files) =>
    files.append('src/checkout/checkout.ts', delivery),
  );
  shop.commit('main', 'lin', '2025-09-02 10:09', 'Checkout: nothing is delivered on public holidays', (files) => {
    files.edit(
      'src/checkout/checkout.ts',
      '  return day === 0 || day === 6;',
      '  return day === 0 || day === 6 || holidays.has(date.toISOString().slice(5, 10));',
      '/** Saturdays and Sundays. */',
      "/** Month and day; the ones that move with Easter are looked up by hand. */\nconst holidays = new Set(['01-01', '05-01', '10-03', '12-25', '12-26']);\n\n/** Saturdays, Sundays, public holidays. */",
    );
  });
  shop.commit('main', 'jonas', '2025-09-08 10:56', 'Checkout: a journal of what happened to an order (#38)', (files) =>
    files.append('src/checkout/checkout.ts', journal),
  );
  shop.commit('main', 'lin', '2025-09-22 14:12', 'What to do when payments fail', (files) => files.write('docs/runbook.md', runbook));
  shop.commit(
    'main',
    'marta',
    '2025-10-06 16:30',
    'Dark colours',
    (files) => {
      files.append(
        'public/styles.css',
        '\n@media (prefers-color-scheme: dark) {\n  :root {\n    --ink: #ece7dc;\n    --paper: #1d1f1f;\n    --line: #3a3d3d;\n    --accent: #7cc4c8;\n  }\n}\n',
      );
    },
    { mark: 'pushed-gift' },
  );
  shop.commit('main', 'kofi', '2025-10-13 11:41', 'Checkout: say which field of the address is wrong', (files) => {
    files.append('src/checkout/checkout.ts', addressMessages);
    files.edit(
      'src/checkout/checkout.ts',
      "throw new CheckoutProblem('Please correct the address.', fields)",
      'throw new CheckoutProblem(addressMessage(fields), fields)',
    );
  });
  shop.commit('main', 'kofi', '2025-10-15 10:02', 'Checkout: a summary for the confirmation page (#41)', (files) =>
    files.append('src/checkout/checkout.ts', summary),
  );
  shop.commit('main', 'ada', '2025-10-20 17:00', 'Release 1.1.0', (files) => {
    files.edit('package.json', '"version": "1.0.1"', '"version": "1.1.0"');
    files.edit('CHANGELOG.md', '# Changes\n', '# Changes\n\n## 1.1.0\n\n- Refunds, Belgium and Luxembourg, dark colours.\n');
  });
  shop.annotatedTag('v1.1.0', 'main', 'ada', '2025-10-20 17:08', 'Refunds, two more countries');
}

const stock = `import type { CartLine } from '../cart.js';

const onHand = new Map<string, number>([
  ['mug', 40],
  ['card', 500],
  ['poster', 12],
]);

export type Reservation = { ok: true } | { ok: false; productId: string; left: number };

/** All lines or none. */
export function reserve(lines: CartLine[]): Reservation {
  for (const { productId, quantity } of lines) {
    const left = onHand.get(productId) ?? 0;
    if (left < quantity) return { ok: false, productId, left };
  }
  for (const { productId, quantity } of lines) onHand.set(productId, (onHand.get(productId) ?? 0) - quantity);
  return { ok: true };
}

export function release(lines: CartLine[]): void {
  for (const { productId, quantity } of lines) onHand.set(productId, (onHand.get(productId) ?? 0) + quantity);
}
`;
const idempotency = `
const answered = new Map<string, { order: Promise<Order>; at: number }>();
const rememberFor = 24 * 60 * 60 * 1000;

/** Like placeOrder, but the same key gives the same order for a day, also while the first request still runs. */
export function placeOrderOnce(key: string, cart: Cart, customer: Customer, token: string, coupon?: Coupon): Promise<Order> {
  forgetOld(Date.now());
  const before = answered.get(key);
  if (before) return before.order;
  const order = placeOrder(cart, customer, token, coupon);
  answered.set(key, { order, at: Date.now() });
  // A failure may be tried again with the same key.
  order.catch(() => answered.delete(key));
  return order;
}

function forgetOld(now: number): void {
  for (const [key, { at }] of answered) {
    if (now - at > rememberFor) answered.delete(key);
  }
}
`;
const checkoutRoute = `  'POST /checkout': async (_url, request, response) => {
    const { key, cart, customer, token } = await body(request);
    try {
      json(response, await placeOrderOnce(key, cart, customer, token));
    } catch (error) {
      if (!(error instanceof CheckoutProblem)) throw error;
      response.statusCode = 422;
      json(response, { message: error.message, fields: error.fields });
    }
  },
`;
const bodyReader = `
async function body(request: IncomingMessage): Promise<any> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > 100_000) throw new RangeError('request too long');
  }
  return JSON.parse(text);
}
`;
const checkoutTest = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { discount, shippingCost } from '../src/checkout/checkout.js';

const tomorrow = new Date(Date.now() + 86_400_000);

test('a letter is cheaper than a parcel', () => {
  assert.ok(shippingCost(90, 'DE') < shippingCost(900, 'DE'));
});

test('abroad costs more', () => {
  assert.ok(shippingCost(900, 'FR') > shippingCost(900, 'DE'));
});

test('too heavy for one parcel', () => {
  assert.throws(() => shippingCost(40_000, 'DE'), RangeError);
});

test('a coupon takes a part', () => {
  assert.equal(discount({ code: 'TEN', percent: 10, expires: tomorrow }, 5000), 500);
});

test('a coupon never takes more than there is', () => {
  assert.equal(discount({ code: 'BIG', amount: 9000, expires: tomorrow }, 5000), 5000);
});
`;
const refunds = `
export interface Refund {
  order: string;
  amount: Cents;
  reason: string;
}

const refunded = new Map<string, Refund[]>();

/** Gives the money back. The sum of all refunds of an order never exceeds what was paid. */
export function refund(order: Order, amount: Cents, reason: string): Refund {
  const before = refunded.get(order.number) ?? [];
  const left = order.totals.total - before.reduce((sum, each) => sum + each.amount, 0);
  if (amount <= 0 || amount > left) throw new RangeError(\`between 1 and \${left} cents can be given back\`);
  const made = { order: order.number, amount, reason };
  refunded.set(order.number, [...before, made]);
  return made;
}
`;
const partialRefund = `/** What one line cost the customer: its share of the discount is taken off. */
export function refundableFor(cart: Cart, productId: string, paidForLines: Cents): Cents {
  const full = subtotal(cart);
  const line = cart.lines.find((each) => each.productId === productId);
  if (!line || full === 0) return 0;
  const price = subtotal({ lines: [line] });
  return Math.floor((price * paidForLines) / full);
}

/** Gives the money back.`;
const summary = `
export interface Summary {
  number: string;
  delivery: string;
  rows: { label: string; amount: Cents }[];
}

/** What the customer sees after paying. The tax is a remark, not a row: it is contained in the total. */
export function summarize(order: Order, country: string, now: Date): Summary {
  const { lines, shipping, total } = order.totals;
  return {
    number: order.number,
    delivery: describeWindow(deliveryWindow(now, country)),
    rows: [
      { label: 'Goods', amount: lines },
      { label: shipping === 0 ? 'Shipping (free)' : 'Shipping', amount: shipping },
      { label: 'Total', amount: total },
    ],
  };
}
`;
const delivery = `
export interface DeliveryWindow {
  from: Date;
  until: Date;
}

/** Working days a parcel is on its way, at best and at worst. */
const transit: Record<string, [number, number]> = {
  DE: [1, 2],
  AT: [2, 3],
  NL: [2, 4],
  FR: [3, 5],
};

/** Saturdays and Sundays. */
function isFree(date: Date): boolean {
  const day = date.getUTCDay();
  return day === 0 || day === 6;
}

function addWorkingDays(start: Date, days: number): Date {
  const date = new Date(start);
  for (let left = days; left > 0; ) {
    date.setUTCDate(date.getUTCDate() + 1);
    if (!isFree(date)) left--;
  }
  return date;
}

/** Orders before noon are packed the same day. */
export function deliveryWindow(ordered: Date, country: string): DeliveryWindow {
  const packed = ordered.getUTCHours() < 12 && !isFree(ordered) ? ordered : addWorkingDays(ordered, 1);
  const [best, worst] = transit[country] ?? [4, 8];
  return { from: addWorkingDays(packed, best), until: addWorkingDays(packed, worst) };
}

/** "between 3 March and 5 March" */
export function describeWindow(window: DeliveryWindow, locale = 'en-GB'): string {
  const format = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', timeZone: 'UTC' });
  return \`between \${format.format(window.from)} and \${format.format(window.until)}\`;
}
`;
const journal = `
export type OrderEvent =
  | { kind: 'placed'; at: Date; total: Cents }
  | { kind: 'paid'; at: Date; paymentId: string }
  | { kind: 'sent'; at: Date; parcel: string }
  | { kind: 'refunded'; at: Date; amount: Cents; reason: string };

const events = new Map<string, OrderEvent[]>();

export function record(order: string, event: OrderEvent): void {
  events.set(order, [...(events.get(order) ?? []), event]);
}

/** Oldest first. */
export function eventsOf(order: string): readonly OrderEvent[] {
  return events.get(order) ?? [];
}

/** One line a support person can read to a customer. */
export function describe(event: OrderEvent): string {
  const day = event.at.toISOString().slice(0, 10);
  switch (event.kind) {
    case 'placed':
      return \`\${day} order placed\`;
    case 'paid':
      return \`\${day} paid (\${event.paymentId})\`;
    case 'sent':
      return \`\${day} sent, parcel \${event.parcel}\`;
    case 'refunded':
      return \`\${day} money given back: \${event.reason}\`;
  }
}

/** Orders that were paid but not sent for longer than \`days\`. */
export function forgottenOrders(now: Date, days: number): string[] {
  const limit = now.getTime() - days * 24 * 60 * 60 * 1000;
  const forgotten: string[] = [];
  for (const [order, happened] of events) {
    const paid = happened.find((event) => event.kind === 'paid');
    const sent = happened.some((event) => event.kind === 'sent');
    if (paid && !sent && paid.at.getTime() < limit) forgotten.push(order);
  }
  return forgotten;
}
`;
const runbook = `# When payments fail

1. Is the provider up? Their status page comes first.
2. Look at \`/healthz\` and at the log of \`web\`.
3. A refused card is not an outage: three different customers are.
4. Roll back if the last release is younger than the first failure.
`;
const addressMessages = `
const fieldNames: Record<keyof Address, string> = {
  name: 'name',
  street: 'street and house number',
  postalCode: 'postal code',
  city: 'city',
  country: 'country',
};

/** One sentence for the customer. */
export function addressMessage(fields: (keyof Address)[]): string {
  const names = fields.map((field) => fieldNames[field]);
  const last = names.pop();
  const list = names.length > 0 ? \`\${names.join(', ')} and \${last}\` : last;
  return \`Please check the \${list}.\`;
}
`;
