// How long to wait before the next attempt to connect. Doubles with each failure; half of it is chance, so that ten
// thousand clients which lost the same node don't come back in the same moment. Being connected proves little (a node
// that dies of its load accepts, too), so only a session that lasted starts it afresh.
const first = 500;
const longest = 30_000;
const lasted = 10_000;

export class Backoff {
  #failures = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /**
   * @param severity 1 for an ordinary loss; more when the server asked to stay away longer.
   * @param most Where there was a connection, if a short one, the server is there: no need to stay away for long.
   */
  next(severity = 1, most = longest): number {
    const whole = Math.min(most, first * 2 ** this.#failures * severity);
    this.#failures++;
    return whole / 2 + (whole / 2) * this.random();
  }

  ended(connectedMilliseconds: number): void {
    if (connectedMilliseconds >= lasted) this.#failures = 0;
  }
}
