// Adds switches and sorting to a page that reads without them.
"use strict";

const root = document.documentElement;
root.classList.add("js");

const theme = document.querySelector("button.theme");
const isDark = () =>
  root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
const nameTheme = () => { theme.textContent = isDark() ? "Light theme" : "Dark theme"; };
theme.hidden = false;
theme.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  nameTheme();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
nameTheme();

for (const plots of document.querySelectorAll(".plots")) {
  const show = () => {
    for (const input of plots.querySelectorAll(".strategies input")) {
      for (const mark of plots.querySelectorAll(`[data-strategy="${input.value}"]`)) {
        mark.classList.toggle("off", !input.checked);
      }
    }
    const level = plots.querySelector(".levels input:checked");
    for (const panel of plots.querySelectorAll(".panel")) {
      panel.classList.toggle("off", level !== null && panel.dataset.level !== level.value);
    }
  };
  plots.querySelector(".switches").addEventListener("change", show);
  show();
}

// Cells without a value stand last, whichever way the others are sorted.
const valueOf = (cell) => {
  if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
  return cell.classList.contains("n") ? null : cell.textContent;
};
const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b));

const sort = (table, column, header) => {
  const ascending = header.getAttribute("aria-sort") !== "ascending";
  for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row.cells[column]), row]);
  rows.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return ascending ? compare(a, b) : compare(b, a);
  });
  table.tBodies[0].append(...rows.map(([, row]) => row));
};

for (const table of document.querySelectorAll("table.sortable")) {
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(table, column, header));
    header.append(button);
  });
}
