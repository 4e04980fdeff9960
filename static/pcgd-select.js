// A list is found by any word of its entries, diacritics aside: “12” goes to “Tổ dân phố 12”. By
// itself a browser looks at the beginning alone, which all hamlets have in common. The lists of
// the phiếu have keys of their own.
"use strict";

(() => {
  const FORGET_MS = 1000;
  let typed = "";
  let list;
  let timer;

  const found = (select, wanted) => {
    const options = [...select.options].filter((option) => option.value && !option.disabled)
      .map((option) => ({ option, key: ` ${pcgd.fold(option.text)} ` }));
    const first = (test) => options.find(({ key }) => test(key))?.option;
    return first((key) => key.startsWith(` ${wanted}`)) ?? first((key) => key.includes(` ${wanted} `))
      ?? first((key) => key.includes(` ${wanted}`));
  };
  document.addEventListener("keydown", (event) => {
    const select = event.target;
    const isText = event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (!isText || !select.matches?.("select:not([multiple])") || select.closest("#phieu")) return;
    if (select !== list) typed = "";
    if (event.key === " " && !typed) return; // opens the list
    clearTimeout(timer);
    timer = setTimeout(() => { typed = ""; }, FORGET_MS);
    list = select;
    typed += event.key;
    event.preventDefault();
    const option = found(select, pcgd.fold(typed));
    if (!option || option.selected) return;
    option.selected = true;
    ["input", "change"].forEach((kind) => select.dispatchEvent(new Event(kind, { bubbles: true })));
  });
})();
