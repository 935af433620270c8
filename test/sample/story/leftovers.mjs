// November 2025: what is not finished. Two commits nobody has pushed, a branch that went its own way, a stash, a dirty working tree.

export function unfinished(shop) {
  shop.branch('feature/gift-cards', 'pushed-gift');
  shop.commit(
    'feature/gift-cards',
    'marta',
    '2025-10-14 10:50',
    'Gift cards: codes (#40)',
    (files) => files.write('src/checkout/giftCards.ts', giftCards),
    { mark: 'gift-shared' },
  );
  // Somebody else pushed to the same branch …
  shop.branch('theirs', 'gift-shared');
  shop.commit('theirs', 'kofi', '2025-11-03 09:40', 'Gift cards: refuse unknown codes', (files) => {
    files.edit(
      'src/checkout/giftCards.ts',
      '  return balances.get(code) ?? 0;',
      '  const balance = balances.get(code);\n  if (balance === undefined) throw new RangeError(`unknown gift card ${code}`);\n  return balance;',
    );
  });
  shop.ref('refs/remotes/origin/feature/gift-cards', 'theirs');
  shop.deleteBranch('theirs');
  // … while this clone went on.
  shop.commit('feature/gift-cards', 'ada', '2025-11-04 14:25', 'Gift cards: pay with them', (files) => {
    files.append(
      'src/checkout/giftCards.ts',
      '\n/** Takes as much as there is; the rest is paid by card. */\nexport function redeem(code: string, total: Cents): Cents {\n  const used = Math.min(balance(code), total);\n  balances.set(code, balance(code) - used);\n  return total - used;\n}\n',
    );
  });
  shop.commit('feature/gift-cards', 'ada', '2025-11-05 16:02', 'Gift cards: test them', (files) => {
    files.write(
      'test/giftCards.test.ts',
      "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { balance, issue, redeem } from '../src/checkout/giftCards.js';\n\ntest('a card pays a part', () => {\n  const code = issue(2000);\n  assert.equal(redeem(code, 4500), 2500);\n  assert.equal(balance(code), 0);\n});\n",
    );
  });

  shop.branch('fix/slow-search', 'v1.0.0');
  shop.commit('fix/slow-search', 'jonas', '2025-09-30 18:20', 'Search: lower the names once, not for every word (#39)', (files) => {
    files.edit(
      'src/products/catalog.ts',
      '  return products.filter((product) => words.every((word) => product.name.toLowerCase().includes(word)));',
      '  return products.filter((product) => {\n    const name = product.name.toLowerCase();\n    return words.every((word) => name.includes(word));\n  });',
    );
  });
  shop.ref('refs/remotes/origin/fix/slow-search', 'fix/slow-search');

  shop.commit('main', 'lin', '2025-11-04 10:15', 'Read the cart line type from where it lives now', (files) =>
    files.edit('src/products/stock.ts', "'../cart.js'", "'../checkout/cart.js'"),
  );
  shop.ref('refs/remotes/origin/main', 'main');
  shop.commit('main', 'ada', '2025-11-10 11:32', 'Checkout: cancel an order that was not sent (#42)', (files) =>
    files.append('src/checkout/checkout.ts', cancelling),
  );
  shop.commit('main', 'ada', '2025-11-12 09:05', 'Checkout: tell the customer about the cancellation', (files) => {
    files.edit(
      'src/checkout/checkout.ts',
      "  record(order.number, { kind: 'refunded', at: now, amount: made.amount, reason: made.reason });\n",
      "  record(order.number, { kind: 'refunded', at: now, amount: made.amount, reason: made.reason });\n  await sendCancellation(customer, order);\n",
      'export function cancel(order: Order, now: Date): Refund {',
      'export async function cancel(order: Order, customer: Customer, now: Date): Promise<Refund> {',
      'import { sendReceipt }',
      'import { sendCancellation, sendReceipt }',
    );
    files.edit(
      'src/mail.ts',
      'async function deliver',
      'export async function sendCancellation(customer: Customer, order: Order): Promise<void> {\n  const text = `Your order ${order.number} is cancelled; ${format(order.totals.total)} are on their way back to you.`;\n  await deliver(customer.mail, `Order ${order.number} cancelled`, text);\n}\n\nasync function deliver',
    );
  });

  // What `git stash` makes: a commit for the index, and one for the work tree whose second parent it is.
  shop.branch('stash-index', 'main');
  shop.commit('stash-index', 'ada', '2025-11-12 17:45', 'index on main: half a discount');
  shop.branch('stash', 'main');
  shop.commit(
    'stash',
    'ada',
    '2025-11-12 17:45',
    leftovers.stashMessage,
    (files) => {
      files.edit(
        'src/checkout/checkout.ts',
        '  return Math.min(wanted, lines);',
        '  // TODO: does a coupon apply to discounted posters?\n  return Math.min(wanted, Math.floor(lines / 2));',
      );
    },
    { merge: 'stash-index', mark: 'stash' },
  );
  shop.ref('refs/sample/stash', 'stash');
  shop.deleteBranch('stash');
  shop.deleteBranch('stash-index');
}

export const leftovers = {
  stashMessage: 'On main: half a discount',
  configuration: [
    ['user.name', 'Ada Brandt'],
    ['user.email', 'ada@example.com'],
    ['core.autocrlf', 'false'],
    ['blame.ignoreRevsFile', '.git-blame-ignore-revs'],
    ['remote.origin.url', 'https://github.com/example/shop.git'],
    ['remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*'],
    ['branch.main.remote', 'origin'],
    ['branch.main.merge', 'refs/heads/main'],
    ['branch.feature/gift-cards.remote', 'origin'],
    ['branch.feature/gift-cards.merge', 'refs/heads/feature/gift-cards'],
    ['branch.fix/slow-search.remote', 'origin'],
    ['branch.fix/slow-search.merge', 'refs/heads/fix/slow-search'],
  ],
  /** One file modified, one staged, one untracked. */
  workingTree(shop) {
    const checkout = shop.text('main', 'src/checkout/checkout.ts');
    const styles = shop.text('main', 'public/styles.css');
    return [
      {
        path: 'src/checkout/checkout.ts',
        text: checkout
          .replace('const rememberFor = 24 * 60 * 60 * 1000;', 'const rememberFor = 48 * 60 * 60 * 1000;')
          .replace('gives the same order for a day,', 'gives the same order for two days,'),
      },
      { path: 'public/styles.css', text: styles.replace('max-width: 60rem;', 'max-width: 64rem;'), stage: true },
      { path: 'notes/ideas.md', text: '# Ideas\n\n- Wrap gifts?\n- A page for every product\n' },
    ];
  },
};

const giftCards = `import type { Cents } from '../money.js';

const balances = new Map<string, Cents>();

/** A new card; the code is what the customer prints. */
export function issue(amount: Cents): string {
  const code = Math.random().toString(36).slice(2, 10).toUpperCase();
  balances.set(code, amount);
  return code;
}

export function balance(code: string): Cents {
  return balances.get(code) ?? 0;
}
`;
const cancelling = `
/** Possible until the parcel is on its way. */
export function cancel(order: Order, now: Date): Refund {
  const sent = eventsOf(order.number).some((event) => event.kind === 'sent');
  if (sent) throw new CheckoutProblem('The parcel is already on its way. Please send it back instead.');
  const made = refund(order, order.totals.total, 'cancelled');
  record(order.number, { kind: 'refunded', at: now, amount: made.amount, reason: made.reason });
  return made;
}
`;
