// Where one reply of Redis ends and the next begins (RESP 2 and 3), and no more of the protocol than that: enough to
// lose one whole reply and leave the rest of the connection intact.

const CR = 0x0d;

/** Cuts a connection's bytes into whole replies. */
export class ReplySplitter {
  #pieces: Buffer[] = [];
  #length = 0;
  /** As long as there are fewer bytes, no reply can be whole. */
  #needed = 1;

  /** @returns the replies that these bytes complete */
  push(bytes: Buffer): Buffer[] {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length < this.#needed) return [];
    const all = Buffer.concat(this.#pieces);
    const replies: Buffer[] = [];
    let start = 0;
    let end = replyEnd(all, start);
    for (; end <= all.length; end = replyEnd(all, start)) {
      replies.push(all.subarray(start, end));
      start = end;
    }
    const rest = all.subarray(start);
    this.#pieces = [rest];
    this.#length = rest.length;
    this.#needed = end - start;
    return replies;
  }
}

/** Where the reply that begins at `start` ends; where that cannot be seen yet, the least that must have come to see more. */
function replyEnd(bytes: Buffer, start: number): number {
  const lineEnd = bytes.indexOf(CR, start);
  if (lineEnd === -1 || lineEnd + 1 >= bytes.length) return bytes.length + 1;
  const type = String.fromCharCode(bytes[start] as number);
  const size = Number(bytes.toString('latin1', start + 1, lineEnd));
  if ('$=!'.includes(type)) return size < 0 ? lineEnd + 2 : lineEnd + 2 + size + 2;
  const parts = '*>~'.includes(type) ? size : type === '%' ? size * 2 : 0;
  let end = lineEnd + 2;
  for (let part = 0; part < parts && end <= bytes.length; part += 1) end = replyEnd(bytes, end);
  return end;
}

/** Whether a reply is a message that pub/sub pushes. */
export function isPubSubMessage(reply: Buffer): boolean {
  return /^[*>]3\r\n\$7\r\nmessage\r\n/.test(reply.toString('latin1', 0, 24));
}

/** Whether a pushed message is an entry of the log: neither a probe nor the confirmation of a subscription. */
export function isLogFrame(reply: Buffer): boolean {
  return isPubSubMessage(reply) && !reply.includes('\tprobe\t');
}

/** Whether a reply is the end of the log, which each replica asks for twice a second. */
export function isTip(reply: Buffer): boolean {
  return /^\*\d+\r\n\$3\r\ntip\r\n/.test(reply.toString('latin1', 0, 16));
}

/** Whether a reply says that a publish has been carried out. */
export function isPublished(reply: Buffer): boolean {
  return /^\*\d+\r\n\$9\r\npublished\r\n/.test(reply.toString('latin1', 0, 32));
}

/** Whether a reply confirms a subscription. */
export function isSubscribed(reply: Buffer): boolean {
  return /^[*>]3\r\n\$9\r\nsubscribe\r\n/.test(reply.toString('latin1', 0, 24));
}
