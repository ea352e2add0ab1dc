// The rules of graphql-eslint for schemas and for Relay, and where they do not hold here, with the reason.
import graphql from "@graphql-eslint/eslint-plugin";

const RULES = { ...graphql.configs["flat/schema-recommended"].rules, ...graphql.configs["flat/schema-relay"].rules };

// They have no identity of their own: what a rule, a policy or a day says, and parts of an object that has one.
const VALUES = [
  "Commitment",
  "Coverage",
  "Enrolment",
  "InsufficientBalance",
  "MedicalBill",
  "Outcome",
  "PageInfo",
  "Party",
  "PolicyLimit",
  "Refund",
  "RegionNotOpen",
  "RuleCheck",
  "RuleError",
  "TransferPolicy",
  "TransferPreview",
  "UsePlaceChange",
  "VerificationFailed",
  "Viewer",
  "WalletStatusChange",
];

const EXCEPTIONS = {
  "@graphql-eslint/strict-id-in-types": [
    "error",
    {
      acceptedIdNames: ["id"],
      acceptedIdTypes: ["ID"],
      exceptions: { types: VALUES, suffixes: ["Payload", "Connection", "Edge"] },
    },
  ],
  "@graphql-eslint/relay-edge-types": [
    "error",
    {
      withEdgeSuffix: true,
      shouldImplementNode: false, // a refund is paged like everything else, and is a part of its payment
      listTypeCanWrapOnlyEdgeType: false, // a connection has `nodes` beside its edges; short lists are not paged
    },
  ],
  // `personNo` and `personalAccount` are the trade's own words, 个人编号 and 个人账户.
  "@graphql-eslint/no-typename-prefix": "off",
  // The one directive, @oneOf, is GraphQL's own; Strawberry prints it without its description.
  "@graphql-eslint/require-description": ["error", { types: true, rootField: true, FieldDefinition: true }],
};

export default [
  {
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "schema/schema.graphql" } },
    },
    rules: { ...RULES, ...EXCEPTIONS },
  },
];
