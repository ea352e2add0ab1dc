// The explorer: GraphiQL on this server's own address, with history, documentation, and a builder of operations.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/plugin-explorer/style.css";
import "graphiql/graphiql.css";
import "./page.css";
import "./workers.js";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

import { fetcher } from "./fetcher.js";
import welcome from "./welcome.graphql";

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

// What is typed holds tokens and ID numbers, and GraphiQL's history keeps the headers whatever it is told. So all of it
// is kept in the session's storage: a reload finds it again, and it is gone with the browser's tab.
function Explorer() {
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={PLUGINS}
      defaultQuery={welcome}
      storage={sessionStorage}
      shouldPersistHeaders
      showPersistHeadersSettings={false}
      defaultEditorToolsVisibility="headers"
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>医保钱包</GraphiQL.Logo>
    </GraphiQL>
  );
}

createRoot(document.getElementById("explorer")).render(<Explorer />);
