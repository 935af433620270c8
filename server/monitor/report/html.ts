import { type MonitorReport, type Report, totalUptime } from './collect.ts';
import { dateText, lengthText, momentText, percentText, plainText, timeText } from './words.ts';

/** A report as one HTML file: no script, nothing from elsewhere, light and dark. What people and servers have written is escaped. */
export function htmlReport(report: Report): string {
  const { project, from, to, made, monitors, incidents } = report;
  const title = `Uptime of ${plainText(project)}`;
  const outages = monitors.flatMap(({ name, outages: all }) => all.map((each) => ({ name, ...each }))).sort((a, b) => b.from - a.from);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${dateText(from)} to ${dateText(to)} · made ${momentText(made)}</p>
<p class="total"><strong>${percentText(totalUptime(report))}</strong> all together</p>
<h2>Monitors</h2>
${monitors.length === 0 ? '<p>Nothing was watched.</p>' : monitorTable(monitors)}
<h2>Outages</h2>
${
  outages.length === 0
    ? '<p>None.</p>'
    : `<table><thead><tr><th scope="col">Began</th><th scope="col">Took</th><th scope="col">Monitor</th><th scope="col">Why</th></tr></thead><tbody>
${outages
  .map(
    (each) =>
      `<tr><td>${momentText(each.from)}</td><td>${each.to === null ? 'not over' : lengthText(each.to - each.from)}</td><td>${escaped(each.name)}</td><td>${escaped(each.message ?? '')}</td></tr>`,
  )
  .join('\n')}
</tbody></table>`
}
<h2>Incidents</h2>
${
  incidents.length === 0
    ? '<p>None.</p>'
    : `<table><thead><tr><th scope="col">Incident</th><th scope="col">Severity</th><th scope="col">State</th><th scope="col">Began</th><th scope="col">Took</th></tr></thead><tbody>
${incidents
  .map(
    (each) =>
      `<tr><td>I-${each.number} ${escaped(each.title)}</td><td>${escaped(each.severity)}</td><td>${escaped(each.state)}</td><td>${momentText(each.started)}</td><td>${each.resolved === null ? 'not over' : lengthText(each.resolved - each.started)}</td></tr>`,
  )
  .join('\n')}
</tbody></table>`
}
</main>
</body>
</html>
`;
}

function monitorTable(monitors: readonly MonitorReport[]): string {
  const head = ['Monitor', 'Service', 'Environment', 'Days', 'Uptime', 'p50', 'p95', 'p99'];
  const rows = monitors.map((each) => {
    const { name, service, environment, uptime, p50, p95, p99, target, kind } = each;
    const numbers = [percentText(uptime), timeText(p50), timeText(p95), timeText(p99)]
      .map((text) => `<td class="number">${text}</td>`)
      .join('');
    return `<tr><th scope="row">${escaped(name)}<br><small>${escaped(`${kind} ${target}`)}</small></th><td>${escaped(service ?? '–')}</td><td>${escaped(environment ?? '–')}</td><td>${daysPicture(each)}</td>${numbers}</tr>`;
  });
  return `<table><thead><tr>${head.map((text) => `<th scope="col">${text}</th>`).join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

/** A bar for each day, the last 90: green, amber below 99.9 %, red below 99 %, hollow when nobody looked. The title says it in words. */
function daysPicture({ days, name }: MonitorReport): string {
  const shown = days.slice(-90);
  const bars = shown.map(({ time, uptime }, index) => {
    const kind = uptime === null ? 'none' : uptime >= 0.999 ? 'good' : uptime >= 0.99 ? 'poor' : 'bad';
    return `<rect class="${kind}" x="${index * 4 + 0.5}" y="0.5" width="3" height="15"><title>${dateText(time)}: ${percentText(uptime)}</title></rect>`;
  });
  return `<svg role="img" aria-label="${escaped(`Uptime of ${name} by day`)}" width="${Math.max(shown.length * 4, 4)}" height="16">${bars.join('')}</svg>`;
}

const style = `
:root { color-scheme: light dark; --line: #8884; --good: #2e7d32; --poor: #b26a00; --bad: #c62828; }
@media (prefers-color-scheme: dark) { :root { --good: #66bb6a; --poor: #ffa726; --bad: #ef5350; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 1.5rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; }
.total strong { font-size: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th[scope=row] { font-weight: 600; } small { font-weight: 400; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.good { fill: var(--good); } .poor { fill: var(--poor); } .bad { fill: var(--bad); } .none { fill: none; stroke: currentColor; stroke-opacity: .4; }
`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return plainText(text).replaceAll(/[&<>"']/g, (each) => entities[each] ?? '');
}
