// A process that opens many connections to one port, says something over each, and then only looks on. What it has to tell
// goes to stdout, a line each time; it ends with its stdin.

import { connect } from 'node:net';

const [port, count, said, reads] = process.argv.slice(2) as [string, string, string, string];
// Each connection says the next of these.
const says = JSON.parse(said) as readonly string[];
// So many at a time: more than a queue of connections holds would be refused by the kernel.
const AT_ONCE = 500;

const state = { open: 0, failed: 0, ended: 0, told: '' };
let left = Number(count);

function tell(): void {
  process.stdout.write(`${JSON.stringify(state)}\n`);
}

function open(): void {
  if (left === 0) return;
  left -= 1;
  const words = says[left % says.length] ?? '';
  const socket = connect(Number(port), '127.0.0.1');
  let connected = false;
  socket.on('connect', () => {
    connected = true;
    state.open += 1;
    socket.write(words, 'latin1');
    if (reads !== 'true') socket.pause();
    open();
  });
  // The first words to anybody stand for all.
  socket.on('data', (bytes) => {
    if (state.told.length < 2_000) state.told += bytes.toString('latin1');
  });
  // The close tells.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (connected) state.ended += 1;
    else state.failed += 1;
    if (!connected) open();
  });
}

for (let each = 0; each < AT_ONCE; each += 1) open();
setInterval(tell, 50);
process.stdin.resume().on('end', () => process.exit());
