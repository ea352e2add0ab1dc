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

import { TABS } from "./examples.js";
import { fetcher } from "./fetcher.js";
import { meetPeople } from "./people.js";
import welcome from "./welcome.graphql";
import { WhoAmI } from "./whoami.jsx";

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

// What is typed holds tokens and ID numbers, and GraphiQL's history keeps the headers whatever it is told. So all of it
// is kept in the session's storage: a reload finds it again, and it is gone with the browser's tab.
function Explorer({ people }) {
  // GraphiQL opens the first tab without its variables, unless it is told them; a reload has its own.
  const isNew = sessionStorage.getItem("graphiql:tabState") === null;
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={PLUGINS}
      defaultQuery={welcome}
      defaultTabs={TABS}
      initialVariables={isNew ? TABS[0].variables : undefined}
      storage={sessionStorage}
      shouldPersistHeaders
      showPersistHeadersSettings={false}
      defaultEditorToolsVisibility="headers"
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <span>医保钱包</span>
        <WhoAmI people={people} />
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

meetPeople().then((people) => createRoot(document.getElementById("explorer")).render(<Explorer people={people} />));
