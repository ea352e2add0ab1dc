// The tabs a new visitor finds, in the order of the article: who runs each, and with which variables.
import myCity from "./examples/1-my-city.graphql";
import activate from "./examples/2-activate.graphql";
import declare from "./examples/3-declare.graphql";
import preview from "./examples/4-preview.graphql";
import apply from "./examples/5-apply.graphql";
import verify from "./examples/6-verify.graphql";
import pay from "./examples/7-pay.graphql";
import statement from "./examples/8-statement.graphql";

const EXAMPLES = [
  { runBy: "", query: myCity, variables: { search: "wuhan" } },
  { runBy: "person:P0008", query: activate },
  { runBy: "person:P0006", query: declare },
  { runBy: "person:P0006", query: preview },
  { runBy: "person:P0006", query: apply, variables: { key: "explorer-transfer-1" } },
  { runBy: "person:P0006", query: verify, variables: { transferId: "$applyTransfer.transfer.id" } }, // see answers.js
  { runBy: "person:P0007", query: pay, variables: { key: "explorer-payment-1" } },
  { runBy: "person:P0007", query: statement },
];

export const TABS = EXAMPLES.map(({ query, variables }) => ({
  query,
  variables: variables && JSON.stringify(variables, null, 2),
}));

const RUN_BY = new Map(EXAMPLES.map(({ runBy, query }) => [/^(?:query|mutation) (\w+)/m.exec(query)[1], runBy]));

/** Who runs the example in a tab of that title, which is its operation's name; undefined if it is none. */
export function whoRuns(title) {
  return RUN_BY.get(title);
}
