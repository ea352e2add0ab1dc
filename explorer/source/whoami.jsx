// Beside the logo: a choice of who the visitor is, where this server lets him or her choose.
import { useGraphiQL } from "@graphiql/react";
import { useEffect, useRef, useState } from "react";

import { whoRuns } from "./examples.js";
import { become, whoAmI } from "./people.js";

export function WhoAmI({ people }) {
  const [chosen, choose] = useState(whoAmI);
  const { id, title } = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]);
  const shown = useRef(id);

  function change(name) {
    become(name);
    choose(name);
  }

  // Whoever comes to an example is the one who runs it, and may choose to be somebody else then.
  useEffect(() => {
    const runBy = shown.current === id ? undefined : whoRuns(title);
    shown.current = id;
    if (runBy !== undefined) change(runBy);
  }, [id]);

  if (people.length === 0) return null;
  return (
    <select
      className="who-am-i"
      aria-label="我是 · Who am I"
      title="我是 · Who am I"
      value={chosen}
      onChange={(event) => change(event.target.value)}
    >
      <option value="">未登录 · nobody</option>
      {people.map(({ name, label }) => (
        <option key={name} value={name}>
          {label}
        </option>
      ))}
    </select>
  );
}
