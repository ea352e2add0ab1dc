// A client for one person: queries and mutations go over HTTP, subscriptions over a WebSocket, into one cache.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { CombinedGraphQLErrors, ServerError } from "@apollo/client/errors";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import generated from "./generated/possibleTypes.js";

// Both libraries look for the browser's WebSocket. Node has one from 22 on.
Object.assign(globalThis, { WebSocket });

export function clientFor(url: string, token: string): ApolloClient {
  const headers = { Authorization: `Bearer ${token}` };
  const http = new HttpLink({ uri: url, headers });
  const socket = new GraphQLWsLink(
    createClient({ url: url.replace(/^http/, "ws"), connectionParams: headers }),
  );
  return new ApolloClient({
    link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, socket, http),
    // Objects are kept by type and `id`, which is all that a normalized cache needs of this API. The refusals have no
    // id, and `possibleTypes` tells which of them there are.
    cache: new InMemoryCache({ possibleTypes: generated.possibleTypes }),
  });
}

/** Say what a fault is, which no refusal is: not signed in, too many requests, no such field. */
export function describeFault(fault: unknown): string {
  if (CombinedGraphQLErrors.is(fault)) return `${fault.errors[0]?.extensions?.["code"]}: ${fault.message}`;
  if (ServerError.is(fault)) return `HTTP ${fault.statusCode}: ${fault.bodyText}`;
  return String(fault);
}
