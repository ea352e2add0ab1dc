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

// GraphiQL opens a tab without its variables, unless it is told them, or they were edited before.
function opening() {
  const kept = JSON.parse(sessionStorage.getItem("graphiql:tabState"));
  if (kept === null) return { initialVariables: TABS[0].variables };
  if (sessionStorage.getItem("graphiql:query") !== null) return {};
  const { query, variables } = kept.tabs[kept.activeTabIndex];
  return { initialQuery: query ?? undefined, initialVariables: variables ?? undefined };
}

// What is typed holds tokens and ID numbers, and GraphiQL's history keeps the headers whatever it is told. So all of it
// is kept in the session's storage: a reload finds it again, and it is gone with the browser's tab.
function Explorer({ people }) {
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={PLUGINS}
      defaultQuery={welcome}
      defaultTabs={TABS}
      {...opening()}
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
