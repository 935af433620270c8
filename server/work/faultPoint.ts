/** Ends this process as a power cut would when HEARTH_FAULT_AT names this point: fault tests set it, nothing else does. */
export function faultPoint(name: string): void {
  if (process.env['HEARTH_FAULT_AT'] === name) process.kill(process.pid, 'SIGKILL');
}
