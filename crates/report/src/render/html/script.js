
(() => {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const wanted = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (wanted.matches ? "dark" : "light")) === "dark";
  const name = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; name(); });
  wanted.addEventListener("change", name);
  name();

  const key = (row, at) => {
    const cell = row.cells[at];
    const value = cell.dataset.v;
    if (value === undefined || value === "") { return cell.textContent.trim(); }
    return isNaN(value) ? value : Number(value);
  };
  const compare = (a, b) => typeof a === "number" ? (typeof b === "number" ? a - b : -1)
    : typeof b === "number" ? 1 : a.localeCompare(b, undefined, { numeric: true });
  const sort = (table, head, at) => {
    const up = head.getAttribute("aria-sort") === "descending";
    for (const other of table.tHead.rows[0].cells) { other.removeAttribute("aria-sort"); }
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => compare(key(a, at), key(b, at)) * (up ? 1 : -1));
    table.tBodies[0].append(...rows);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, at) => {
      if (!head.textContent) { return; }
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, head, at));
    });
  }

  const filter = document.getElementById("filter");
  if (filter) {
    filter.hidden = false;
    filter.addEventListener("input", () => {
      const text = filter.value.toLowerCase();
      const holds = (value) => value.toLowerCase().includes(text);
      for (const row of document.querySelectorAll("table.columns tbody tr")) { row.hidden = !holds(row.cells[0].dataset.v); }
      for (const fold of document.querySelectorAll("details.column")) { fold.hidden = !holds(fold.dataset.name); }
    });
  }

  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    const fold = target ? target.closest("details") : null;
    if (fold) { fold.open = true; }
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
