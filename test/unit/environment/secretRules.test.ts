import { describe, expect, test } from 'vitest';
import { secretlintMatches } from '../../../server/environment/secretlint.ts';
import { isHarmless, isWorthLooking, ownMatches, suspicions } from '../../../server/environment/secretRules.ts';

/** Made up here, so that this file holds none. */
const letters = (count: number) => 'q7Zk2mXw9PdLr4TsVb6NyHc3GfJ8aEeR'.repeat(10).slice(0, count);
const pem = (kind: string) =>
  `-----BEGIN ${kind}PRIVATE KEY-----\nMII${letters(61)}\n${letters(64)}\n${letters(20)}\n-----END ${kind}PRIVATE KEY-----\n`;

/** What each rule of the preset finds: the prefilter must let every one of them through. */
const samples: Record<string, string> = {
  aws: `AWS_SECRET_ACCESS_KEY = "${letters(40)}"`,
  npm: `//registry.example.org/:_authToken=npm_${letters(36)}`,
  slack: `xoxb-${letters(12)}-${letters(12)}-${letters(24)}`,
  basicauth: `https://deploy:${letters(20)}@shop.acme.io/x`,
  openai: `sk-${letters(20)}T3BlbkFJ${letters(20)}`,
  anthropic: `sk-ant-api03-${letters(93)}AA`,
  groq: `gsk_${letters(52)}`,
  huggingface: `hf_${'AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh'}`,
  linear: `lin_api_${letters(40)}`,
  notion: `ntn_${'12345678901'}${letters(35)}`,
  privatekey: pem('RSA '),
  sendgrid: `SG.${letters(22)}.${letters(43)}`,
  shopify: `shpat_${letters(32)}`,
  github: `ghp_${letters(36)}`,
  gitlab: `glpat-${letters(20)}`,
  grafana: `glc_${letters(40)}`,
  'database-connection-string': `postgres://shop:${letters(20)}@db.acme.io/shop`,
  'hashicorp-vault': `hvs.${letters(95)}`,
  vercel: `vcp_${letters(24)}`,
  databricks: `dapi${'0123456789abcdef'.repeat(2)}`,
  docker: `dckr_pat_${letters(27)}`,
  figma: `figd_${letters(40)}`,
};

describe.each(Object.entries(samples))('a secret of %s', (rule, sample) => {
  test('passes the prefilter, and is found with its place', async () => {
    const text = `one\nkey: ${sample}\n`;
    expect(isWorthLooking(text)).toBe(true);
    const found = (await secretlintMatches('a.txt', text)).find((each) => each.rule === rule);
    expect(found).toBeDefined();
    expect(text.slice(found?.start, found?.end)).toBe(found?.secret);
    expect(isHarmless(found ?? { rule, secret: '' })).toBe(false);
  });
});

test('ordinary text does not load the engine', () => {
  const text = `const token = await login(user, password);\nhttps://example.org/a:b\nimport key from './key.ts'; // 3f2a9c1e\n`;
  expect(isWorthLooking(text.repeat(100))).toBe(false);
});

test('addresses with a password that is none are harmless', () => {
  const harmless = [
    'postgres://postgres:postgres@db.acme.io/x',
    `postgres://shop:${letters(20)}@localhost:5432/x`,
    'mysql://root:secret@db.acme.io/x',
    'postgres://user:${DB_PASSWORD}@db.acme.io/x',
    'postgres://db.acme.io/x',
    `mongodb://u:${letters(20)}@db.example/x`,
  ];
  expect(harmless.filter((secret) => !isHarmless({ rule: 'database-connection-string', secret }))).toEqual([]);
  expect(isHarmless({ rule: 'basicauth', secret: 'https://user:password@acme.io' })).toBe(true);
});

describe('a private key', () => {
  test('of any kind is found, also on one line', () => {
    for (const kind of ['', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED ']) expect(ownMatches(`x\n${pem(kind)}`)).toHaveLength(1);
    expect(ownMatches(JSON.stringify({ key: pem('') }))).toHaveLength(1);
  });

  test('is not its header alone', () => {
    expect(ownMatches("if (text.includes('-----BEGIN PRIVATE KEY-----')) return parse(text);\n")).toEqual([]);
    expect(ownMatches('-----BEGIN PUBLIC KEY-----\nMIIB\n')).toEqual([]);
  });
});

describe('what a password is set to', () => {
  const names = (text: string) => [...suspicions(text)].map(({ name }) => name);

  test('is suspicious when it looks random', () => {
    expect(names(`db_password = "${letters(24)}"`)).toEqual(['db_password']);
    expect(names(`{ "apiKey": '${letters(24)}' }`)).toEqual(['apiKey']);
  });

  test.each([
    'const password = "correct-horse-battery-staple";',
    'token: "ctrl+shift+down-and-more"',
    'secret = "${env.SECRET_OF_PRODUCTION_1}"',
    'password: "changeme-1234567890abc"',
    'const tokenUrl = "https://acme.io/oauth2/token/v1"',
    'token = "src/tokens/reader2.ts"',
    'password = readPassword("a1b2c3d4e5f6g7h8i9")',
    'secretName: "my.secret.name.v2"',
  ])('is none in %s', (text) => {
    expect(names(text)).toEqual([]);
  });
});
