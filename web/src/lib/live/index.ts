// What concerns me, live. `on` is told the events of /user/queue/events, `lobby` those of /topic/lobby (subscribed while
// somebody listens); both give back how to stop. `state` is reactive.
import type { LiveEvent, LobbyEvent } from '#lib/api';

export type LiveState = 'offline' | 'connecting' | 'online';

export const live = {
  state: 'offline' as LiveState,
  on<Type extends LiveEvent['type']>(
    _type: Type,
    _handler: (event: Extract<LiveEvent, { type: Type }>) => void,
  ): () => void {
    return () => {};
  },
  lobby(_handler: (event: LobbyEvent) => void): () => void {
    return () => {};
  },
};
