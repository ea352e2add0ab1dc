// Beside the logo: a choice of who the visitor is, where this server lets him or her choose.
export function WhoAmI({ people, chosen, onChoose }) {
  if (people.length === 0) return null;
  return (
    <select
      className="who-am-i"
      aria-label="我是 · Who am I"
      title="我是 · Who am I"
      value={chosen}
      onChange={(event) => onChoose(event.target.value)}
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
