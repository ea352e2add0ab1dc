// An operation goes where its own text says: a subscription over a WebSocket, everything else by POST.
import { getOperationAST, Kind, parse } from "graphql";

import { filledIn, note } from "./answers.js";
import { signedIn } from "./people.js";
import { post } from "./posting.js";
import { subscribe } from "./subscribing.js";

/** GraphiQL's own reading of the text lags behind the editor, so the kind and name it tells may be those of before. */
export function fetcher({ query, variables, operationName }, { headers = {} } = {}) {
  const operation = meant(query, operationName);
  const request = { query, variables: filledIn(variables), operationName: operation ? operation.name?.value : operationName };
  return operation?.operation === "subscription" ? subscribe(request, signedIn(headers)) : post(request, signedIn(headers)).then(note);
}

/** The operation that is meant: the one named, else the only one; none if the server has to say what is wrong. */
function meant(query, operationName) {
  let document;
  try {
    document = parse(query);
  } catch {
    return undefined;
  }
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return operations.length === 1 ? operations[0] : (getOperationAST(document, operationName) ?? undefined);
}
