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

// Each level is sorted in itself, and its name stays on top.
const sort = (table, column, header) => {
  const ascending = header.getAttribute("aria-sort") !== "ascending";
  for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  for (const body of table.tBodies) {
    const rows = [...body.querySelectorAll("tr:not(.level)")].map((row) => [valueOf(row.cells[column]), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return ascending ? compare(a, b) : compare(b, a);
    });
    body.append(...rows.map(([, row]) => row));
  }
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

// What a link leads to is opened, whatever it is folded into.
const unfold = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  if (target) target.scrollIntoView();
};
addEventListener("hashchange", unfold);
unfold();

for (const button of document.querySelectorAll("button.copy")) {
  const said = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(button.dataset.text);
      button.textContent = "Copied";
    } catch {
      // Not every browser lets a file write the clipboard: then it is marked to be copied.
      const code = button.closest(".code").querySelector("pre");
      getSelection().selectAllChildren(code);
      button.textContent = "Press Ctrl-C";
    }
    setTimeout(() => { button.textContent = said; }, 2000);
  });
}
