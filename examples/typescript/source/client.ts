// A client for one person: queries and mutations go over HTTP, subscriptions over a WebSocket, into one cache.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import generated from "./generated/possibleTypes.js";

export function clientFor(url: string, token: string): ApolloClient {
  const headers = { Authorization: `Bearer ${token}` };
  const http = new HttpLink({ uri: url, headers });
  const socket = new GraphQLWsLink(
    // A browser has a WebSocket of its own; Node 18 has none.
    createClient({ url: url.replace(/^http/, "ws"), connectionParams: headers, webSocketImpl: WebSocket }),
  );
  return new ApolloClient({
    link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, socket, http),
    // Objects are kept by type and `id`, which is all that a normalized cache needs of this API. The refusals have no
    // id, and `possibleTypes` tells which of them there are.
    cache: new InMemoryCache({ possibleTypes: generated.possibleTypes }),
  });
}
