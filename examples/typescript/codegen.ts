// Types for the operations in ../transfer.graphql, made from the schema that the server's repository commits.
import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../../schema/schema.graphql",
  documents: "../transfer.graphql",
  generates: {
    "source/generated/operations.ts": {
      plugins: ["typescript", "typescript-operations", "typed-document-node"],
      config: {
        // A scalar that is not named here is an error. Money is a string: a JavaScript number is not exact.
        strictScalars: true,
        scalars: { Money: "string", Date: "string", DateTime: "string" },
        onlyOperationTypes: true,
        enumsAsTypes: true,
        useTypeImports: true,
        avoidOptionals: { field: true },
      },
    },
    // Which types there are behind each interface: the cache must know to read `... on InsufficientBalance`.
    "source/generated/possibleTypes.ts": {
      plugins: ["fragment-matcher"],
      config: { useExplicitTyping: true },
    },
  },
};

export default config;
