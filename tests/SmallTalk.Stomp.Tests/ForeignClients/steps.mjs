// What the Node scripts share: each step prints "ok <name>" or ends the program with what went wrong.
export const [host, wsPort, tcpPort, login, passcode] = process.argv.slice(2);

// Korean, an emoji, all that STOMP escapes.
export const text = '안녕 👋 a:b\\c\nd';
export const large = 'ㄱ'.repeat(500_000);
export const silence = 3500; // more than three intervals of the heart-beats, which are agreed on to be a second

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function step(name, run) {
  let timer;
  try {
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error('no answer')), 20_000)));
    await Promise.race([run(), late]);
    console.log(`ok ${name}`);
  } catch (error) {
    console.error(`${name}: ${error?.stack ?? error}`);
    process.exit(1);
  } finally {
    clearTimeout(timer);
  }
}

/** Messages that can be awaited, in their order. */
export class Inbox {
  #came = [];
  #waiting = [];
  push = (message) => (this.#waiting.length ? this.#waiting.shift()(message) : this.#came.push(message));
  next = () => (this.#came.length ? Promise.resolve(this.#came.shift()) : new Promise((resolve) => this.#waiting.push(resolve)));
}

export function same(actual, expected) {
  if (actual !== expected) throw new Error(`${JSON.stringify(expected).slice(0, 200)} was expected, ${JSON.stringify(actual).slice(0, 200)} came`);
}
