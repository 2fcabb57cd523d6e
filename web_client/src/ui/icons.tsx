/** Small line icons, drawn on a 24 x 24 grid. */
const PATHS: Readonly<Record<string, string>> = {
  bird: "M3 17 12 4l9 13M3 17l9 3 9-3M12 4v16",
  walk: "M13 4a1.5 1.5 0 1 0 .01 0M9 21l3-7-3-3 2-4 3 1 2 3 3 1M12 14l3 3v4",
  home: "M4 11 12 4l8 7M6 10v10h12V10",
  north: "M12 3 7 20l5-4 5 4z",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  compare: "M12 3v18M4 6h5v12H4zM15 6h5v12h-5z",
  swipe: "M12 3v18M8 9l-4 3 4 3M16 9l4 3-4 3",
  undo: "M8 5 4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4",
  redo: "m16 5 4 4-4 4M20 9H10a5 5 0 0 0 0 10h4",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
  help: "M9 9a3 3 0 1 1 4 3c-1 .6-1 1-1 2M12 18h.01",
  pencil: "M4 20l1-5L16 4l4 4L9 19zM13 7l4 4",
  close: "M6 6l12 12M18 6 6 18",
  search: "M11 4a7 7 0 1 0 .01 0M16 16l5 5",
  layers: "m12 4 9 5-9 5-9-5zM4 14l8 5 8-5",
  people: "M9 5a3 3 0 1 0 .01 0M3 20c0-4 3-6 6-6s6 2 6 6M16 6a3 3 0 0 1 0 6M18 15c2 1 3 3 3 5",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  chart: "M4 20V4M4 20h16M8 16v-5M12 16V8M16 16v-3",
  headset: "M3 9h18v8h-6l-3-3-3 3H3z",
  close_road: "M6 3v18M18 3v18M9 12h6",
  set_speed: "M4 18a9 9 0 1 1 16 0M12 15l4-5",
  plant_trees: "M12 21v-6M12 3l5 7h-3l4 5H6l4-5H7z",
  add_park: "M4 20h16M8 20v-5M8 6l4 5h-2l2 4H4l2-4H4zM16 20v-4a3 3 0 1 1 .01 0",
  add_building: "M5 21V8l7-4v17M12 21h7V11h-7M8 11h1M8 15h1M15 14h1M15 17h1M2 21h20",
  reshape_building: "M6 21V11h8v10M10 8V3m0 0L8 5m2-2 2 2M17 21V15h3v6",
  demolish_building: "M5 21V9l6-4v7M5 21h6M14 12l6 6M20 12l-6 6",
};

export function Icon({ name }: { name: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name] ?? "M12 8v8M8 12h8"} />
    </svg>
  );
}
