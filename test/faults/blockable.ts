// Loaded into a replica before its own code: upon a signal its event loop is blocked, as by a computation that is too
// long. What the kernel does for it, such as accepting connections, goes on.

export const BLOCK_SIGNAL = 'SIGUSR2';
// Longer than nginx waits for an answer (3 s), and readers for a sign of life (2.5 heartbeats).
export const BLOCKED_MS = 4_000;

process.on(BLOCK_SIGNAL, () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED_MS);
});
