/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Elements and tables. Texts from the data enter by textContent only, so that no name is HTML. */
"use strict";

const get = (id) => document.getElementById(id);

function element(tag, text, attributes = {}) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function fill(parent, children) {
  parent.replaceChildren(...children);
}

function headRow(names) {
  const row = element("tr");
  for (const name of names) row.append(element("th", name, { scope: "col" }));
  return row;
}

// Texts stay; numbers are written. The first cell names the row.
function bodyRow(values) {
  const row = element("tr");
  values.forEach((value, k) => {
    const text = typeof value === "string" ? value : format(value);
    row.append(k ? element("td", text) : element("th", text, { scope: "row" }));
  });
  return row;
}

function showTable(table, names, rows) {
  fill(table.tHead, [headRow(names)]);
  fill(table.tBodies[0], rows.map(bodyRow));
}

// A table whose heads sort it. columns: [name, value of an item]; items(): what there is; pick(item):
// what a click on a row's name does, or null.
class SortableTable {
  constructor(table, columns, items, pick, column) {
    Object.assign(this, { table, columns, items, pick, column, down: true, most: 100, order: [] });
    this.show();
  }

  sortBy(column) {
    const isNumber = this.order.length && typeof this.columns[column][1](this.order[0]) === "number";
    this.down = this.column === column ? !this.down : Boolean(isNumber);
    this.column = column;
    this.show();
    this.table.tHead.querySelectorAll("button")[column].focus();
  }

  head() {
    const row = element("tr");
    this.columns.forEach(([name], k) => {
      const button = element("button", name, { type: "button" });
      button.addEventListener("click", () => this.sortBy(k));
      const head = element("th", undefined, { scope: "col" });
      if (k === this.column) head.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      head.append(button);
      row.append(head);
    });
    return row;
  }

  row(item) {
    const values = this.columns.map(([, value]) => value(item));
    const row = bodyRow(values);
    const action = this.pick(item);
    if (action) {
      const button = element("button", values[0], { type: "button", class: "link" });
      button.addEventListener("click", action);
      row.cells[0].replaceChildren(button);
    }
    return row;
  }

  show() {
    const value = this.columns[this.column][1], sign = this.down ? -1 : 1;
    this.order = this.items().map((item) => [item, value(item)])
      .sort((a, b) => sign * compareValues(a[1], b[1])).map(([item]) => item);
    fill(this.table.tHead, [this.head()]);
    fill(this.table.tBodies[0], this.order.slice(0, this.most).map((item) => this.row(item)));
  }

  csvRows() {
    return [this.columns.map(([name]) => name),
      ...this.order.map((item) => this.columns.map(([, value]) => value(item)))];
  }
}

function save(name, rows) {
  const link = element("a", "", { download: name });
  link.href = URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv" }));
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
