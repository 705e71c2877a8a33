// The one place that talks HTTP to the server. A call gives its answer or a Refusal; it never throws. When the session
// cookie has grown old (401), it is renewed once for all calls that wait, and the call is made again.
import { locale, t } from '#lib/i18n';
import { Refusal } from './refusal';
import type { Problem } from './types';

interface Request {
  body?: unknown;
  query?: Record<string, string | number | boolean | null | undefined>;
  signal?: AbortSignal;
  /** False for the calls that make or end a session: their 401 is an answer, not an old cookie. */
  renew?: boolean;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

let sessionLost = () => {};
export function onSessionLost(handler: () => void): void {
  sessionLost = handler;
}

export async function request<T>(method: Method, path: string, options: Request = {}): Promise<T | Refusal> {
  let answer = await send(method, path, options);
  if (answer instanceof Response && answer.status === 401 && options.renew !== false) {
    const renewal = await renewSession();
    if (renewal === 'renewed') answer = await send(method, path, options);
    if (renewal !== 'unreachable' && answer instanceof Response && answer.status === 401) sessionLost();
  }
  if (answer instanceof Refusal) return answer;
  return answer.ok ? read<T>(answer) : refusalOf(answer);
}

/** For calls that answer with nothing of interest: null when done. */
export async function act(method: Method, path: string, options: Request = {}): Promise<Refusal | null> {
  const answer = await request<unknown>(method, path, options);
  return answer instanceof Refusal ? answer : null;
}

async function send(method: Method, path: string, { body, query, signal }: Request): Promise<Response | Refusal> {
  const given = Object.entries(query ?? {}).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  const search = given.length ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : '';
  try {
    return await fetch(path + search, {
      method,
      credentials: 'same-origin',
      signal,
      headers: {
        Accept: 'application/json',
        'Accept-Language': locale(),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    return signal?.aborted ? new Refusal('aborted', 0, '') : new Refusal('offline', 0, t('refusal.offline'));
  }
}

async function read<T>(response: Response): Promise<T | Refusal> {
  if (response.status === 204) return undefined as T;
  try {
    const text = await response.text();
    return (text ? JSON.parse(text) : undefined) as T;
  } catch {
    // A captive portal or a proxy answers with its own page.
    return new Refusal('failed', response.status, t('refusal.failed'));
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const wait = Number(response.headers.get('retry-after')) || undefined;
  let problem: Partial<Problem> = {};
  try {
    problem = (await response.json()) as Partial<Problem>;
  } catch {
    // Not from our server: a gateway that can't reach it, most likely.
  }
  const code = problem.code ?? problem.type?.split(/[/:#]/).at(-1);
  if (!code) {
    if ([502, 503, 504].includes(response.status))
      return new Refusal('offline', response.status, t('refusal.offline'), {}, wait);
    return new Refusal('failed', response.status, problem.title ?? t('refusal.failed'), {}, wait);
  }
  return new Refusal(code, response.status, problem.title ?? t('refusal.failed'), problem.errors ?? {}, wait);
}

let renewal: Promise<'renewed' | 'refused' | 'unreachable'> | null = null;

function renewSession() {
  return (renewal ??= oneTabAtATime(renew).finally(() => (renewal = null)));
}

async function renew(): Promise<'renewed' | 'refused' | 'unreachable'> {
  const answer = await send('POST', '/api/session/refresh', {});
  if (answer instanceof Refusal || answer.status === 429 || answer.status >= 500) return 'unreachable';
  return answer.ok ? 'renewed' : 'refused';
}

/** Each renewal spends the token of the one before, and all tabs share the cookie that holds it. */
function oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? navigator.locks.request('smalltalk.renewal', work) : work();
}
