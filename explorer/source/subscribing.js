// Subscriptions: one WebSocket each (graphql-transport-ws), signed in by its first message and closed at the end.
import { createClient } from "graphql-ws";

const FORBIDDEN = 4403; // the token is not accepted; connecting again would not change that
const PING_MS = 60_000; // the server ends a WebSocket after five minutes without a word

export function subscribe(request, headers) {
  const client = createClient({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
    connectionParams: headers,
    keepAlive: PING_MS,
    shouldRetry: ({ code }) => code !== FORBIDDEN,
  });
  const events = client.iterate(request);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => events.next().catch(tell),
    return: () => events.return(),
  };
}

/** GraphiQL shows errors as JSON, in which a CloseEvent would be empty. */
function tell(error) {
  throw error instanceof CloseEvent ? { message: `WebSocket ${error.code} ${error.reason}`.trim() } : error;
}
