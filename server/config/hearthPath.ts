/** At the root of the repository. */
export const hearthPath = 'hearth.yaml';
