/** `worker.1` of a task of a stack, which is named `<stack>_worker.1.<id>`; undefined of any other container. */
export function taskOf(container: string): string | undefined {
  return /^[a-z0-9-]+_([A-Za-z0-9_-]+\.(?:\d+|[a-z0-9]{25}))\.[a-z0-9]{25}$/.exec(container)?.[1];
}
