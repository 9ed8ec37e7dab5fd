// Whether a message published now would come back through the subscription. Any frame proves it; where none comes, the
// replica publishes a probe itself. All replicas hear each other's, so an idle cluster sends about one a second in all.

const QUIET_MS = 1_000;
// Also amid traffic: the round trip is then most worth knowing.
const MEASURE_MS = 5_000;
const PROVEN_MS = 3_500;
const ANSWER_MS = 2_500;

/** Times are milliseconds of a clock that never goes back. */
export class PathProof {
  #heardAt: number;
  #heard = false;
  #askedAt: number;
  #probe: { readonly token: string; readonly at: number } | undefined;

  constructor(now: number) {
    this.#heardAt = now;
    this.#askedAt = now;
  }

  /** Whether something came through this subscription lately. */
  proven(now: number): boolean {
    return this.#heard && now - this.#heardAt < PROVEN_MS;
  }

  /** For how many milliseconds nothing has come, over however many subscriptions. */
  silentMs(now: number): number {
    return now - this.#heardAt;
  }

  /** Whether it is time to publish a probe: nothing came for a while, or none was for long; no other is waited for. */
  due(now: number): boolean {
    if (this.#unanswered) return false;
    return !this.#heard || now - this.#heardAt >= QUIET_MS || now - this.#askedAt >= MEASURE_MS;
  }

  /** A probe is being published. */
  asked(token: string, now: number): void {
    this.#probe = { token, at: now };
    this.#askedAt = now;
  }

  /** The probe could not be published, or the subscription is gone: it says nothing. */
  forget(): void {
    this.#probe = undefined;
  }

  /** The subscription is gone, and with it the proof. */
  lost(): void {
    this.#probe = undefined;
    this.#heard = false;
  }

  /**
   * A frame came; `token` where it is a probe.
   * @returns the milliseconds that our own probe took, undefined for any other frame
   */
  heard(now: number, token?: string): number | undefined {
    this.#heardAt = now;
    this.#heard = true;
    if (this.#probe === undefined || token !== this.#probe.token) return undefined;
    const took = now - this.#probe.at;
    this.#probe = undefined;
    return took;
  }

  /** A probe was published and nothing came back: the connection is deaf, although it looks alive. */
  deaf(now: number): boolean {
    return this.#unanswered && now - (this.#probe?.at ?? now) > ANSWER_MS;
  }

  // Any frame that came since answers as well as the probe itself.
  get #unanswered(): boolean {
    return this.#probe !== undefined && this.#probe.at >= this.#heardAt;
  }
}
