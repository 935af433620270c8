/**
 * What monitoring needs only now and then, each loaded when it is first asked for. In the product this is a bundle of its own, `dist/monitor.js`
 * (esbuild.mjs): import it as `await import('…/heavy.ts')`, never statically.
 */

/** RFC 9535. */
export const loadJsonPath = async () => (await import('json-p3')).jsonpath;

/** SNMP v2c. */
export const loadSnmp = async () => (await import('net-snmp')).default;

/** Cron expressions in time zones. */
export const loadCron = async () => (await import('croner')).Cron;

/** E-mail. */
export const loadMail = async () => (await import('nodemailer')).default;

/** Text format of Prometheus. */
export const loadPrometheus = async () => (await import('prom-client')).default;
