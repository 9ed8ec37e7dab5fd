// Where one reply of Redis ends and the next begins (RESP 2 and 3), and no more of the protocol than that: enough to
// lose one whole reply and leave the rest of the connection intact.

const CR = 0x0d;

/** Cuts a connection's bytes into whole replies. */
export class ReplySplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns the replies that these bytes complete */
  push(bytes: Buffer): Buffer[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const replies: Buffer[] = [];
    let start = 0;
    for (let end = replyEnd(all, start); end !== undefined; end = replyEnd(all, start)) {
      replies.push(all.subarray(start, end));
      start = end;
    }
    this.#rest = all.subarray(start);
    return replies;
  }
}

/** Where the reply that begins at `start` ends, or undefined where its end has not come yet. */
function replyEnd(bytes: Buffer, start: number): number | undefined {
  const lineEnd = bytes.indexOf(CR, start);
  if (lineEnd === -1 || lineEnd + 1 >= bytes.length) return undefined;
  const type = String.fromCharCode(bytes[start] as number);
  const size = Number(bytes.toString('latin1', start + 1, lineEnd));
  if ('$=!'.includes(type)) {
    const end = size < 0 ? lineEnd + 2 : lineEnd + 2 + size + 2;
    return end <= bytes.length ? end : undefined;
  }
  const parts = '*>~'.includes(type) ? size : type === '%' ? size * 2 : 0;
  let end: number | undefined = lineEnd + 2;
  for (let part = 0; part < parts && end !== undefined; part += 1) end = replyEnd(bytes, end);
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

/** Whether a reply says that a publish has been carried out. */
export function isPublished(reply: Buffer): boolean {
  return /^\*\d+\r\n\$9\r\npublished\r\n/.test(reply.toString('latin1', 0, 32));
}
