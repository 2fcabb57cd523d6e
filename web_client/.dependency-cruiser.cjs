// The floors of the client: wire < state < {city, tools, xr, ui} < main.
const floor = (name, from, forbidden) => ({ name, severity: "error", from: { path: from }, to: { path: forbidden } });

module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    floor("wire-is-the-ground", "^src/wire/", "^src/(state|city|tools|xr|ui|locales|main)"),
    floor("state-sees-only-wire", "^src/state/", "^src/(city|tools|xr|ui|main)"),
    floor("nobody-imports-main", "^src/(?!main)", "^src/main"),
    ...["city", "tools", "xr", "ui"].map((room) =>
      floor(`${room}-sees-no-sibling`, `^src/${room}/`, `^src/(?!wire|state|locales|${room}/)`),
    ),
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: ["\\.d\\.ts$", "^src/locales/"] }, to: {} },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
  },
};
