import { beforeEach, expect, it, vi } from 'vitest';
import { act, onSessionLost, request } from './request';
import { Refusal } from './refusal';

type Asked = { method: string; path: string; headers: Record<string, string>; body: unknown };

let asked: Asked[];
let answers: (asked: Asked) => Response | Promise<Response>;
const lost = vi.fn();
onSessionLost(lost);

const json = (status: number, body: unknown, type = 'application/json', headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': type, ...headers } });
const problem = (status: number, code: string, more = {}, headers = {}) =>
  json(status, { code, status, title: `[${code}]`, ...more }, 'application/problem+json', headers);

beforeEach(() => {
  asked = [];
  lost.mockClear();
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    init.signal?.throwIfAborted();
    const one = { method: init.method!, path, headers: init.headers as Record<string, string>, body: init.body };
    asked.push(one);
    return answers(one);
  });
});

it('gives what the server answers, and asks without what was not given', async () => {
  answers = () => json(200, { items: [1], cursor: null });
  const page = await request('GET', '/api/rooms', {
    query: { query: '축구 & 한강', category: '', cursor: null, limit: 2 },
  });
  expect(page).toEqual({ items: [1], cursor: null });
  expect(asked[0]!.path).toBe(`/api/rooms?${new URLSearchParams({ query: '축구 & 한강', limit: '2' })}`);
  expect(asked[0]!.headers['Accept-Language']).toBe('ko');
});

it('makes a refusal of a problem, with its fields and how long to wait', async () => {
  answers = () => problem(429, 'too-fast', { errors: { nickname: ['한 번 더요.', '둘'] } }, { 'retry-after': '7' });
  const refusal = (await request('POST', '/api/accounts', { body: {} })) as Refusal;
  expect(refusal).toBeInstanceOf(Refusal);
  expect([refusal.code, refusal.status, refusal.title, refusal.retryAfterSeconds]).toEqual([
    'too-fast',
    429,
    '[too-fast]',
    7,
  ]);
  expect(refusal.field('nickname')).toBe('한 번 더요.');
  expect(refusal.field('password')).toBeUndefined();
});

it.each([
  ['no network', () => Promise.reject(new TypeError('Failed to fetch')), 'offline'],
  ['a gateway without its server', () => new Response('<h1>502</h1>', { status: 502 }), 'offline'],
  ['a page of somebody else', () => new Response('<h1>Log in to the hotel</h1>', { status: 200 }), 'failed'],
  ['an error of somebody else', () => new Response('too large', { status: 413 }), 'failed'],
])('%s is a refusal too', async (_, answer, code) => {
  answers = answer;
  expect(await request('GET', '/api/rooms')).toMatchObject({ code });
});

it('an answer with nothing in it is done', async () => {
  answers = () => new Response(null, { status: 204 });
  expect(await act('DELETE', '/api/rooms/1')).toBeNull();
});

it('a question taken back is answered by nobody', async () => {
  answers = () => json(200, {});
  expect(await request('GET', '/api/rooms', { signal: AbortSignal.abort() })).toMatchObject({ code: 'aborted' });
});

it('renews an old session once for all who wait, and asks again', async () => {
  let fresh = false;
  answers = async ({ path }) => {
    if (path !== '/api/session/refresh') return fresh ? json(200, path) : problem(401, 'signed-out');
    await Promise.resolve();
    fresh = true;
    return json(200, {});
  };
  const paths = ['/api/me', '/api/friends', '/api/me/rooms'];
  expect(await Promise.all(paths.map((path) => request('GET', path)))).toEqual(paths);
  expect(asked.filter(({ path }) => path === '/api/session/refresh')).toHaveLength(1);
  expect(lost).not.toHaveBeenCalled();
});

it('a session that cannot be renewed is lost', async () => {
  answers = () => problem(401, 'signed-out');
  expect(await request('GET', '/api/me')).toMatchObject({ status: 401 });
  expect(lost).toHaveBeenCalledOnce();
});

it.each([
  ['unreachable', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['overloaded', () => problem(503, 'overloaded')],
  ['too busy for this address', () => problem(429, 'too-many')],
])('a session is not lost because the server is %s', async (_, renewal) => {
  answers = ({ path }) => (path === '/api/session/refresh' ? renewal() : problem(401, 'signed-out'));
  expect(await request('GET', '/api/me')).toMatchObject({ status: 401 });
  expect(lost).not.toHaveBeenCalled();
});

it('a wrong password at the door renews nothing', async () => {
  answers = () => problem(401, 'wrong-credentials');
  expect(await request('POST', '/api/session', { body: {}, renew: false })).toMatchObject({
    code: 'wrong-credentials',
  });
  expect(asked).toHaveLength(1);
  expect(lost).not.toHaveBeenCalled();
});
