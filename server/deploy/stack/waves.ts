import type { ComposeService } from '../../compose/types.ts';

/**
 * Services in waves: each comes after all that it depends on. Those of one wave start together. What is not deployed is not waited for; a cycle
 * (which the compose file is refused for) ends in one last wave.
 */
export function wavesOf(services: readonly ComposeService[]): string[][] {
  const left = new Map(services.map((service) => [service.name, service]));
  const waves: string[][] = [];
  while (left.size > 0) {
    const ready = [...left.values()].filter(({ dependsOn }) => !dependsOn.some((each) => left.has(each.service)));
    const wave = (ready.length === 0 ? [...left.values()] : ready).map(({ name }) => name);
    waves.push(wave);
    for (const name of wave) left.delete(name);
  }
  return waves;
}
