import type { Incident } from '../../server/protocol/incident.ts';

const states: Readonly<Record<Incident['state'], { readonly name: string; readonly icon: string }>> = {
  investigating: { name: 'Investigating', icon: 'search' },
  identified: { name: 'Identified', icon: 'lightbulb' },
  monitoring: { name: 'Monitoring', icon: 'eye' },
  resolved: { name: 'Resolved', icon: 'pass' },
  merged: { name: 'Merged', icon: 'git-merge' },
};

/** How far an incident is: an icon and a word. */
export function incidentWords(state: Incident['state']): { readonly name: string; readonly icon: string } {
  return states[state];
}

const severities: Readonly<Record<Incident['severity'], string>> = { critical: 'Critical', major: 'Major', minor: 'Minor' };

export function severityName(severity: Incident['severity']): string {
  return severities[severity];
}
